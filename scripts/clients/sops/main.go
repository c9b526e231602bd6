// Command sopslife takes a multi-Region key through its life with sops: a file
// is encrypted to the key's members in two Regions, and opened while one of
// them is dark.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

const (
	here, there = "us-east-1", "eu-west-1"
	alias       = "alias/client-sops"
	secret      = "database: hunter2\n"
)

func main() {
	if err := live(context.Background()); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	info, _ := debug.ReadBuildInfo()
	for _, dep := range info.Deps {
		if dep.Path == "github.com/aws/aws-sdk-go-v2/service/kms" {
			fmt.Println("sops with kms", dep.Version)
		}
	}
}

// member is the key in one Region, and a client there.
type member struct {
	*kms.Client
	arn string
}

// client is made from the variables that "mrkctl sim env" prints. sops reads
// them by itself.
func client(region string) *kms.Client {
	return kms.New(kms.Options{Region: region, BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL_KMS")),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY")}, nil
		})})
}

func live(ctx context.Context) error {
	a, b := member{Client: client(here)}, member{Client: client(there)}
	made, err := a.CreateKey(ctx, &kms.CreateKeyInput{MultiRegion: aws.Bool(true)})
	if err != nil {
		return err
	}
	id := made.KeyMetadata.KeyId
	a.arn = *made.KeyMetadata.Arn
	b.arn = strings.Replace(a.arn, here, there, 1)
	if _, err := a.ReplicateKey(ctx, &kms.ReplicateKeyInput{KeyId: id, ReplicaRegion: aws.String(there)}); err != nil {
		return err
	}
	if err := b.settled(ctx); err != nil {
		return err
	}
	for _, m := range []member{a, b} {
		if _, err := m.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: aws.String(alias), TargetKeyId: id}); err != nil {
			return err
		}
	}
	if err := useSops(ctx, a, b); err != nil {
		return err
	}
	for _, m := range []member{a, b} {
		if _, err := m.DeleteAlias(ctx, &kms.DeleteAliasInput{AliasName: aws.String(alias)}); err != nil {
			return err
		}
		if _, err := m.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: id, PendingWindowInDays: aws.Int32(7)}); err != nil {
			return err
		}
	}
	return nil
}

// useSops encrypts to both members, opens the file with either Region dark,
// promotes and rotates, and opens it again.
func useSops(ctx context.Context, a, b member) error {
	dir, err := os.MkdirTemp("", "sops")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "secret.yaml")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		return err
	}
	if _, err := run(os.Getenv("SOPS_BINARY"), "encrypt", "--in-place", "--kms", a.arn+","+b.arn, file); err != nil {
		return err
	}
	if sealed, err := os.ReadFile(file); err != nil || bytes.Contains(sealed, []byte("hunter2")) {
		return fmt.Errorf("sops left the secret in clear: %w", err)
	}
	for _, dark := range []string{here, there} {
		if _, err := run(os.Getenv("MRKCTL"), "sim", "fault", "start", "region-outage", "--in", dark, "--looks", "refused", "--at-most", "10m"); err != nil {
			return err
		}
		err := opens(file)
		if _, stop := run(os.Getenv("MRKCTL"), "sim", "fault", "stop", "region-outage"); stop != nil {
			return stop
		}
		if err != nil {
			return fmt.Errorf("with %s dark: %w", dark, err)
		}
	}
	if _, err := a.UpdatePrimaryRegion(ctx, &kms.UpdatePrimaryRegionInput{KeyId: &a.arn, PrimaryRegion: aws.String(there)}); err != nil {
		return err
	}
	if err := b.settled(ctx); err != nil {
		return err
	}
	if _, err := b.RotateKeyOnDemand(ctx, &kms.RotateKeyOnDemandInput{KeyId: &b.arn}); err != nil {
		return err
	}
	if _, err := run(os.Getenv("MRKCTL"), "sim", "advance", "15m"); err != nil {
		return err
	}
	if out, err := b.ListKeyRotations(ctx, &kms.ListKeyRotationsInput{KeyId: &b.arn}); err != nil || len(out.Rotations) != 1 {
		return fmt.Errorf("after the rotation: %v, %w", out, err)
	}
	return opens(file)
}

func opens(file string) error {
	out, err := run(os.Getenv("SOPS_BINARY"), "decrypt", file)
	if err == nil && out != secret {
		err = fmt.Errorf("sops decrypted %q", out)
	}
	return err
}

// settled waits until a member is Enabled.
func (m member) settled(ctx context.Context) error {
	for range 60 {
		out, err := m.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &m.arn})
		if err != nil {
			return err
		}
		if out.KeyMetadata.KeyState == types.KeyStateEnabled {
			return nil
		}
		time.Sleep(500 * time.Millisecond)
	}
	return fmt.Errorf("%s does not settle", m.arn)
}

func run(name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", filepath.Base(name), strings.Join(args, " "), err, errs.String())
	}
	return out.String(), nil
}
