package mrk

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// pair tells whether keys of a spec have a public half.
func pair(spec string) bool {
	return spec != "" && spec != string(types.KeySpecSymmetricDefault) && !strings.HasPrefix(spec, "HMAC_")
}

// publicKey reads the public half of a member, in DER.
func publicKey(ctx context.Context, c Cloud, region, id string) ([]byte, error) {
	out, err := call(ctx, c, region, c.Client(region).GetPublicKey, &kms.GetPublicKeyInput{KeyId: aws.String(id)})
	if err != nil {
		return nil, err
	}
	return out.PublicKey, nil
}

// samePublicKey tells whether the members in the given Regions have one public
// key, and so one private key.
func samePublicKey(ctx context.Context, c Cloud, id string, in []string) error {
	keys := make([][]byte, len(in))
	errs := make([]error, len(in))
	c.inEach(in, func(i int, region string) { keys[i], errs[i] = publicKey(ctx, c, region, id) })
	for i, region := range in {
		switch {
		case errs[i] != nil:
			return errs[i]
		case !bytes.Equal(keys[i], keys[0]):
			return fmt.Errorf("the public key of %s in %s is not the one in %s: these are not the same key material", id, region, in[0])
		}
	}
	return nil
}
