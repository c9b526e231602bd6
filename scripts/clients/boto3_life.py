"""The life of a multi-Region key with boto3."""

import os
import subprocess
import time

import boto3
import botocore

HERE, THERE = "us-east-1", "eu-west-1"


def client(region):
    return boto3.client("kms", region_name=region, endpoint_url=os.environ["KMS_URL"])


def settled(kms, key, state):
    for _ in range(60):
        found = kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
        if found == state:
            return
        time.sleep(0.5)
    raise AssertionError(f"{key} is {found}, want {state}")


here, there = client(HERE), client(THERE)
made = here.create_key(MultiRegion=True, Tags=[{"TagKey": "client", "TagValue": "boto3"}])["KeyMetadata"]
key = made["KeyId"]
assert key.startswith("mrk-") and made["MultiRegionConfiguration"]["MultiRegionKeyType"] == "PRIMARY"
here.replicate_key(KeyId=key, ReplicaRegion=THERE)
settled(there, key, "Enabled")
for kms in (here, there):
    kms.create_alias(AliasName="alias/client-boto3", TargetKeyId=key)

context = {"client": "boto3"}
sealed = here.encrypt(KeyId="alias/client-boto3", Plaintext=b"from boto3", EncryptionContext=context)["CiphertextBlob"]
opened = there.decrypt(CiphertextBlob=sealed, EncryptionContext=context)
assert opened["Plaintext"] == b"from boto3" and f":{THERE}:" in opened["KeyId"]
try:
    there.update_primary_region(KeyId=key, PrimaryRegion=THERE)
    raise AssertionError("a replica promoted itself")
except there.exceptions.KMSInvalidStateException as refused:
    assert "is not a multi-Region primary key" in str(refused)

here.update_primary_region(KeyId=key, PrimaryRegion=THERE)
settled(there, key, "Enabled")
settled(here, key, "Enabled")
# Versions that can't rotate on demand wait a year, which is free here.
on_demand = hasattr(there, "rotate_key_on_demand")
if on_demand:
    there.rotate_key_on_demand(KeyId=key)
else:
    there.enable_key_rotation(KeyId=key)
subprocess.run([os.environ["MRKCTL"], "sim", "advance", "15m" if on_demand else "8784h"], check=True)
assert here.decrypt(CiphertextBlob=sealed, EncryptionContext=context)["Plaintext"] == b"from boto3"
if on_demand:
    rotations = there.list_key_rotations(KeyId=key)["Rotations"]
    assert len(rotations) == 1 and rotations[0]["RotationType"] == "ON_DEMAND", rotations
fresh = here.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
assert fresh[5:37] != sealed[5:37], "the new key material is not used"
pages = here.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 1})
assert "alias/client-boto3" in [alias["AliasName"] for page in pages for alias in page["Aliases"]]

for kms in (here, there):
    kms.delete_alias(AliasName="alias/client-boto3")
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
assert there.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingReplicaDeletion"
print("boto3", boto3.__version__, "botocore", botocore.__version__)
