package sim

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// TestTrailRecordsHaveTheirShapes: MRK-TRAIL-01 MRK-TRAIL-02 MRK-TRAIL-03 MRK-TRAIL-05 MRK-TRAIL-06 MRK-TRAIL-07.
func TestTrailRecordsHaveTheirShapes(t *testing.T) {
	w, err := New(Options{Regions: []string{"us-east-1", "eu-west-1"}, TrailDelay: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	call := func(region string) *Call { return &Call{Region: region, From: "eu-west-1", Principal: admin()} }
	k, err := w.CreateKey(call("us-east-1"), &kms.CreateKeyInput{MultiRegion: ptr(true)})
	if err != nil {
		t.Fatal(err)
	}
	id := k.KeyMetadata.KeyId
	if _, err := w.ReplicateKey(call("us-east-1"), &kms.ReplicateKeyInput{KeyId: id, ReplicaRegion: ptr("eu-west-1")}); err != nil {
		t.Fatal(err)
	}
	w.Advance(w.Now().Add(5 * time.Second))
	if _, err := w.UpdatePrimaryRegion(call("us-east-1"), &kms.UpdatePrimaryRegionInput{KeyId: id, PrimaryRegion: ptr("eu-west-1")}); err != nil {
		t.Fatal(err)
	}
	enc0, err := w.Encrypt(call("eu-west-1"), &kms.EncryptInput{KeyId: id, Plaintext: []byte("top secret"), EncryptionContext: map[string]string{"app": "old"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.ReEncrypt(call("eu-west-1"), &kms.ReEncryptInput{CiphertextBlob: enc0.CiphertextBlob, SourceEncryptionContext: map[string]string{"app": "old"}, DestinationKeyId: id, DestinationEncryptionContext: map[string]string{"app": "pay"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Encrypt(call("eu-west-1"), &kms.EncryptInput{KeyId: id, Plaintext: []byte("top secret"), EncryptionContext: map[string]string{"app": "pay"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.CreateGrant(call("eu-west-1"), &kms.CreateGrantInput{KeyId: id, GranteePrincipal: ptr("arn:aws:iam::111122223333:role/app"), Operations: grantable(w.sets[*id])[:1]}); err != nil {
		t.Fatal(err)
	}
	if docs, err := w.TrailDocuments("us-east-1", time.Time{}, time.Time{}); err != nil || len(docs) != 0 {
		t.Fatalf("%d records were delivered before their time: %v", len(docs), err)
	}
	w.Advance(w.Now().Add(time.Hour))

	read := func(region, name string) map[string]any {
		docs, err := w.TrailDocuments(region, time.Time{}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			if strings.Contains(string(d.JSON), "top secret") || strings.Contains(string(d.JSON), "grantToken") {
				t.Errorf("a secret is in the record %s", d.JSON)
			}
			if d.Op == name {
				var m map[string]any
				if err := json.Unmarshal(d.JSON, &m); err != nil {
					t.Fatal(err)
				}
				return m
			}
		}
		t.Fatalf("no %s in the trail of %s", name, region)
		return nil
	}
	old, promoted := read("us-east-1", "UpdatePrimaryRegion"), read("eu-west-1", "UpdatePrimaryRegion")
	if old["requestID"] != promoted["requestID"] || old["eventID"] == promoted["eventID"] {
		t.Errorf("the two records of a promotion: requests %v and %v, events %v and %v", old["requestID"], promoted["requestID"], old["eventID"], promoted["eventID"])
	}
	if by := promoted["userIdentity"].(map[string]any)["invokedBy"]; by != "kms.amazonaws.com" {
		t.Errorf("the new primary's record is invoked by %v", by)
	}
	if got := promoted["requestParameters"].(map[string]any)["primaryRegion"]; got != "eu-west-1" {
		t.Errorf("the new primary's record names %v", got)
	}
	made := read("us-east-1", "ReplicateKey")
	if state := made["responseElements"].(map[string]any)["replicaKeyMetadata"].(map[string]any)["keyState"]; state != "Creating" {
		t.Errorf("ReplicateKey's record shows state %v", state)
	}
	born := read("eu-west-1", "CreateKey")
	if arn := born["resources"].([]any)[0].(map[string]any)["ARN"]; arn != w.region("eu-west-1").keyARN("111122223333", *id) {
		t.Errorf("the replica's CreateKey is about %v", arn)
	}
	if sync := read("eu-west-1", "SynchronizeMultiRegionKey"); sync["userIdentity"].(map[string]any)["invokedBy"] != "AWS Internal" || sync["requestID"] == nil {
		t.Errorf("SynchronizeMultiRegionKey: %v", sync)
	}
	re := read("eu-west-1", "ReEncrypt")["requestParameters"].(map[string]any)
	if re["sourceEncryptionContext"].(map[string]any)["app"] != "old" || re["destinationEncryptionContext"].(map[string]any)["app"] != "pay" || re["sourceKeyId"] != re["destinationKeyId"] {
		t.Errorf("ReEncrypt's record: %v", re)
	}
	enc := read("eu-west-1", "Encrypt")
	if app := enc["requestParameters"].(map[string]any)["encryptionContext"].(map[string]any)["app"]; app != "pay" || enc["readOnly"] != true {
		t.Errorf("Encrypt's record: %v", enc)
	}
}
