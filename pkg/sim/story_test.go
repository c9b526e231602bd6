package sim

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/cockroachdb/datadriven"

	"github.com/mrkctl/mrkctl/pkg/sim/material"
)

// TestStories runs the files of testdata: each is a story of one world, told in
// commands such as "replicate us-east-1 eu-west-1" and "advance 5s".
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata/stories", func(t *testing.T, path string) {
		s := &story{t: t}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.t = t
			return s.run(d)
		})
	})
}

// story is a world and the names that its commands use.
type story struct {
	t       *testing.T
	w       *World
	keys    map[string]string // name to id
	blobs   map[string][]byte
	tokens  map[string]string
	who     *Principal
	imports map[string]parameters
}

// parameters are what a client needs to wrap key material, and how it does.
type parameters struct {
	*kms.GetParametersForImportOutput
	algorithm types.AlgorithmSpec
}

// materialNamed is the id of material that was imported as these bytes.
func (s *story) materialNamed(name *string) *string {
	if name == nil {
		return nil
	}
	if id, ok := s.tokens["material "+*name]; ok {
		return &id
	}
	return name
}

func admin() *Principal {
	return &Principal{ARN: "arn:aws:iam::111122223333:user/admin", Account: "111122223333", ID: "AIDAEXAMPLEADMIN", Operator: true}
}

func (s *story) call(region string) *Call {
	return &Call{Region: region, From: region, Principal: s.who}
}

// options of a command: words in order, and name=value pairs.
type options struct {
	words []string
	named map[string]string
}

func optionsOf(d *datadriven.TestData) options {
	o := options{named: map[string]string{}}
	for _, a := range d.CmdArgs {
		if len(a.Vals) == 0 {
			o.words = append(o.words, a.Key)
		} else {
			o.named[a.Key] = strings.Join(a.Vals, ",")
		}
	}
	return o
}

func (o options) key(s *story) *string {
	name := o.named["key"]
	if name == "" {
		name = "k"
	}
	if region, rest, ok := strings.Cut(name, ":"); ok && s.keys[rest] != "" {
		arn := s.w.region(region).keyARN("111122223333", s.keys[rest])
		return &arn
	}
	if id, ok := s.keys[name]; ok {
		return &id
	}
	return &name
}

func (o options) flag(name string) bool {
	for _, w := range o.words {
		if w == name {
			return true
		}
	}
	return false
}

func (o options) text(name string) *string {
	if v, ok := o.named[name]; ok {
		return &v
	}
	return nil
}

func (o options) number(name string) *int32 {
	if v, ok := o.named[name]; ok {
		n, err := strconv.Atoi(v)
		if err != nil {
			panic(err)
		}
		i := int32(n)
		return &i
	}
	return nil
}

func (o options) at(i int) string {
	if i < len(o.words) {
		return o.words[i]
	}
	return ""
}

func (s *story) run(d *datadriven.TestData) string {
	o := optionsOf(d)
	if d.Cmd == "world" {
		return s.begin(o)
	}
	if d.Cmd == "advance" {
		dur, err := time.ParseDuration(o.at(0))
		if err != nil {
			s.t.Fatal(err)
		}
		s.w.Advance(s.w.Now().Add(dur))
		return ""
	}
	f := commands()[d.Cmd]
	if f == nil {
		s.t.Fatalf("%s: unknown command %s", d.Pos, d.Cmd)
	}
	// A call takes no time; a hundred milliseconds pass between two of them.
	s.w.Advance(s.w.Now().Add(100 * time.Millisecond))
	out, err := f(s, o, d)
	if err != nil {
		out = s.shorten(err.Error())
		var e *Error
		if !errors.As(err, &e) {
			out = "not an AWS error: " + out
		}
	}
	if out == "" {
		return "ok\n"
	}
	return strings.TrimRight(s.shorten(out), "\n") + "\n"
}

// shorten puts names in the place of ids and of the account.
func (s *story) shorten(text string) string {
	for name, id := range s.keys {
		for _, r := range s.w.regions {
			text = strings.ReplaceAll(text, r.keyARN("111122223333", id), "<"+r.Name+" "+name+">")
		}
		text = strings.ReplaceAll(text, id, "<"+name+">")
	}
	for name, id := range s.tokens {
		if letter, ok := strings.CutPrefix(name, "material "); ok {
			text = strings.ReplaceAll(text, id, letter)
		}
	}
	n := 0
	for _, region := range s.w.regions {
		for _, m := range region.order {
			for _, mat := range m.view.Materials {
				n++
				text = strings.ReplaceAll(text, mat.ID.String(), s.material(m, mat.ID))
			}
		}
	}
	return text
}

// material names a key material by its place among its set's.
func (s *story) material(m *member, id materialID) string {
	for i, mat := range m.view.Materials {
		if mat.ID == id {
			return "M" + strconv.Itoa(i+1)
		}
	}
	return hex.EncodeToString(id[:4])
}

func (s *story) begin(o options) string {
	opts := Options{Seed: 1}
	if r := o.named["regions"]; r != "" {
		opts.Regions = strings.Split(r, ",")
	}
	if r := o.named["closed"]; r != "" {
		opts.NotOptedIn = strings.Split(r, ",")
	}
	if r := o.named["sabotage"]; r != "" {
		opts.Sabotage = strings.Split(r, ",")
	}
	opts.NoRateLimits = !o.flag("quotas")
	if o.flag("small") {
		opts.Limits = Limits{Keys: 2, AliasesPerKey: 2, GrantsPerKey: 2, CustomKeyStores: 2, OnDemandRotations: 2, TagsPerKey: 2, PolicyBytes: 400}
	}
	if v := o.named["read-lag"]; v != "" {
		opts.ReadLag.Min, _ = time.ParseDuration(v)
		opts.ReadLag.Max = opts.ReadLag.Min + 1
	}
	w, err := New(opts)
	if err != nil {
		return err.Error() + "\n"
	}
	s.w, s.keys, s.blobs, s.tokens, s.who, s.imports = w, map[string]string{}, map[string][]byte{}, map[string]string{}, admin(), map[string]parameters{}
	return ""
}

type command func(*story, options, *datadriven.TestData) (string, error)

// commands are what a story can say.
func commands() map[string]command {
	return map[string]command{
		"create": func(s *story, o options, d *datadriven.TestData) (string, error) {
			multi := o.flag("multi")
			in := &kms.CreateKeyInput{
				MultiRegion: &multi, Description: o.text("description"), KeySpec: types.KeySpec(o.named["spec"]),
				KeyUsage: types.KeyUsageType(o.named["usage"]), Origin: types.OriginType(o.named["origin"]),
			}
			if d.Input != "" {
				in.Policy = &d.Input
			}
			out, err := s.w.CreateKey(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			name := o.named["as"]
			if name == "" {
				name = "k"
			}
			s.keys[name] = *out.KeyMetadata.KeyId
			return s.metadata(out.KeyMetadata), nil
		},
		"describe": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.DescribeKey(s.call(o.at(0)), &kms.DescribeKeyInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			return s.metadata(out.KeyMetadata), nil
		},
		"replicate": func(s *story, o options, d *datadriven.TestData) (string, error) {
			to := o.at(1)
			in := &kms.ReplicateKeyInput{KeyId: o.key(s), ReplicaRegion: &to, Description: o.text("description")}
			if d.Input != "" {
				in.Policy = &d.Input
			}
			if v := o.named["tag"]; v != "" {
				k, val, _ := strings.Cut(v, ":")
				in.Tags = []types.Tag{{TagKey: &k, TagValue: &val}}
			}
			out, err := s.w.ReplicateKey(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			text := s.metadata(out.ReplicaKeyMetadata)
			if o.flag("policy") {
				text += "\npolicy: " + *out.ReplicaPolicy
			}
			if out.ReplicaTags != nil {
				text += fmt.Sprintf("\ntags: %s", tagText(out.ReplicaTags))
			}
			return text, nil
		},
		"promote": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			to := o.at(1)
			_, err := s.w.UpdatePrimaryRegion(s.call(o.at(0)), &kms.UpdatePrimaryRegionInput{KeyId: o.key(s), PrimaryRegion: &to})
			return "", err
		},
		"encrypt": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.EncryptInput{KeyId: o.key(s), Plaintext: []byte(o.named["text"]), EncryptionContext: contextOf(o), DryRun: dryOf(o)}
			if n := o.number("bytes"); n != nil {
				in.Plaintext = make([]byte, *n)
			}
			out, err := s.w.Encrypt(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			s.blobs[o.named["as"]] = out.CiphertextBlob
			return fmt.Sprintf("%s %s, %d bytes, header %x, material %x", *out.KeyId, out.EncryptionAlgorithm,
				len(out.CiphertextBlob), out.CiphertextBlob[:5], out.CiphertextBlob[5:37]), nil
		},
		"datakey": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			if o.flag("without") {
				out, err := s.w.GenerateDataKeyWithoutPlaintext(s.call(o.at(0)), &kms.GenerateDataKeyWithoutPlaintextInput{
					KeyId: o.key(s), KeySpec: types.DataKeySpec(o.named["spec"]), NumberOfBytes: o.number("bytes"), EncryptionContext: contextOf(o),
				})
				if err != nil {
					return "", err
				}
				s.blobs[o.named["as"]] = out.CiphertextBlob
				return fmt.Sprintf("%s, blob %d bytes, header %x, material %s", *out.KeyId, len(out.CiphertextBlob), out.CiphertextBlob[:5], *out.KeyMaterialId), nil
			}
			out, err := s.w.GenerateDataKey(s.call(o.at(0)), &kms.GenerateDataKeyInput{
				KeyId: o.key(s), KeySpec: types.DataKeySpec(o.named["spec"]), NumberOfBytes: o.number("bytes"), EncryptionContext: contextOf(o), DryRun: dryOf(o),
			})
			if err != nil {
				return "", err
			}
			s.blobs[o.named["as"]] = out.CiphertextBlob
			return fmt.Sprintf("%s, %d bytes in clear, blob %d bytes, header %x, material %s", *out.KeyId, len(out.Plaintext), len(out.CiphertextBlob), out.CiphertextBlob[:5], *out.KeyMaterialId), nil
		},
		"decrypt": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.DecryptInput{
				CiphertextBlob: s.blobs[o.at(1)], EncryptionContext: contextOf(o), DryRun: dryOf(o),
				EncryptionAlgorithm: types.EncryptionAlgorithmSpec(o.named["algorithm"]),
			}
			if o.named["key"] != "" {
				in.KeyId = o.key(s)
			}
			out, err := s.w.Decrypt(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			id := "no material"
			if out.KeyMaterialId != nil {
				id = *out.KeyMaterialId
			}
			text := string(out.Plaintext)
			if len(text) > 40 || strings.ContainsAny(text, "\x00") {
				text = fmt.Sprintf("%d bytes", len(text))
			}
			return fmt.Sprintf("%s %s %s: %s", *out.KeyId, out.EncryptionAlgorithm, id, text), nil
		},
		"reencrypt": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.ReEncrypt(s.call(o.at(0)), &kms.ReEncryptInput{
				CiphertextBlob: s.blobs[o.at(1)], DestinationKeyId: o.key(s),
				SourceEncryptionContext: contextOf(o), DestinationEncryptionContext: contextOf(o), DryRun: dryOf(o),
			})
			if err != nil {
				return "", err
			}
			s.blobs[o.named["as"]] = out.CiphertextBlob
			return fmt.Sprintf("%s %s -> %s %s, header %x", *out.SourceKeyId, *out.SourceKeyMaterialId, *out.KeyId, *out.DestinationKeyMaterialId, out.CiphertextBlob[:5]), nil
		},
		"damage": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			b := append([]byte(nil), s.blobs[o.at(0)]...)
			b[len(b)-1-int(*o.number("from-end"))] ^= 1
			s.blobs[o.named["as"]] = b
			return fmt.Sprintf("%s damaged as %s", o.at(0), o.named["as"]), nil
		},
		"enable": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			_, err := s.w.EnableKey(s.call(o.at(0)), &kms.EnableKeyInput{KeyId: o.key(s)})
			return "", err
		},
		"disable": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			_, err := s.w.DisableKey(s.call(o.at(0)), &kms.DisableKeyInput{KeyId: o.key(s)})
			return "", err
		},
		"describe-as": func(s *story, o options, d *datadriven.TestData) (string, error) {
			_, err := s.w.UpdateKeyDescription(s.call(o.at(0)), &kms.UpdateKeyDescriptionInput{KeyId: o.key(s), Description: &d.Input})
			return "", err
		},
		"enable-rotation": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			_, err := s.w.EnableKeyRotation(s.call(o.at(0)), &kms.EnableKeyRotationInput{KeyId: o.key(s), RotationPeriodInDays: o.number("days")})
			return "", err
		},
		"disable-rotation": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			_, err := s.w.DisableKeyRotation(s.call(o.at(0)), &kms.DisableKeyRotationInput{KeyId: o.key(s)})
			return "", err
		},
		"rotate": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.RotateKeyOnDemand(s.call(o.at(0)), &kms.RotateKeyOnDemandInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			return *out.KeyId, nil
		},
		"rotation": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.GetKeyRotationStatus(s.call(o.at(0)), &kms.GetKeyRotationStatusInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			text := fmt.Sprintf("%s %v", *out.KeyId, out.KeyRotationEnabled)
			if out.RotationPeriodInDays != nil {
				text += fmt.Sprintf(", every %d days, next %s", *out.RotationPeriodInDays, s.in(out.NextRotationDate))
			}
			if out.OnDemandRotationStartDate != nil {
				text += ", began " + s.in(out.OnDemandRotationStartDate)
			}
			return text, nil
		},
		"rotations": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.ListKeyRotationsInput{KeyId: o.key(s), Limit: o.number("limit"), Marker: o.text("marker")}
			if o.flag("all") {
				in.IncludeKeyMaterial = types.IncludeKeyMaterialAllKeyMaterial
			}
			if m, ok := s.tokens[o.named["after"]]; ok {
				in.Marker = &m
			}
			out, err := s.w.ListKeyRotations(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			var lines []string
			for _, e := range out.Rotations {
				line := fmt.Sprintf("%s %s %s", *e.KeyId, *e.KeyMaterialId, e.KeyMaterialState)
				if e.RotationDate != nil {
					line += fmt.Sprintf(" %s %s", e.RotationType, s.in(e.RotationDate))
				}
				for _, more := range []string{string(e.ImportState), string(e.ExpirationModel)} {
					if more != "" {
						line += " " + more
					}
				}
				if e.ValidTo != nil {
					line += " until " + s.in(e.ValidTo)
				}
				if e.KeyMaterialDescription != nil {
					line += " (" + *e.KeyMaterialDescription + ")"
				}
				lines = append(lines, line)
			}
			if out.NextMarker != nil {
				s.tokens["next"] = *out.NextMarker
			}
			return strings.Join(append(lines, fmt.Sprintf("truncated %v", out.Truncated)), "\n"), nil
		},
		"delete": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.ScheduleKeyDeletion(s.call(o.at(0)), &kms.ScheduleKeyDeletionInput{KeyId: o.key(s), PendingWindowInDays: o.number("days")})
			if err != nil {
				return "", err
			}
			text := fmt.Sprintf("%s %s, %d days", *out.KeyId, out.KeyState, *out.PendingWindowInDays)
			if out.DeletionDate != nil {
				text += ", " + s.in(out.DeletionDate)
			}
			return text, nil
		},
		"cancel-deletion": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.CancelKeyDeletion(s.call(o.at(0)), &kms.CancelKeyDeletionInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			return *out.KeyId, nil
		},
		"create-alias": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			_, err := s.w.CreateAlias(s.call(o.at(0)), &kms.CreateAliasInput{AliasName: ptr(o.at(1)), TargetKeyId: o.key(s)})
			return "", err
		},
		"update-alias": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			_, err := s.w.UpdateAlias(s.call(o.at(0)), &kms.UpdateAliasInput{AliasName: ptr(o.at(1)), TargetKeyId: o.key(s)})
			return "", err
		},
		"delete-alias": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			_, err := s.w.DeleteAlias(s.call(o.at(0)), &kms.DeleteAliasInput{AliasName: ptr(o.at(1))})
			return "", err
		},
		"aliases": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.ListAliasesInput{Limit: o.number("limit")}
			if o.named["key"] != "" {
				in.KeyId = o.key(s)
			}
			out, err := s.w.ListAliases(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			var lines []string
			for _, a := range out.Aliases {
				lines = append(lines, fmt.Sprintf("%s -> %s", *a.AliasArn, *a.TargetKeyId))
			}
			return strings.Join(append(lines, fmt.Sprintf("truncated %v", out.Truncated)), "\n"), nil
		},
		"keys": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.ListKeys(s.call(o.at(0)), &kms.ListKeysInput{Limit: o.number("limit")})
			if err != nil {
				return "", err
			}
			var lines []string
			for _, k := range out.Keys {
				lines = append(lines, *k.KeyId+" "+*k.KeyArn)
			}
			return strings.Join(append(lines, fmt.Sprintf("truncated %v", out.Truncated)), "\n"), nil
		},
		"policy": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.GetKeyPolicy(s.call(o.at(0)), &kms.GetKeyPolicyInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			return *out.PolicyName + "\n" + *out.Policy, nil
		},
		"put-policy": func(s *story, o options, d *datadriven.TestData) (string, error) {
			_, err := s.w.PutKeyPolicy(s.call(o.at(0)), &kms.PutKeyPolicyInput{KeyId: o.key(s), Policy: &d.Input, BypassPolicyLockoutSafetyCheck: o.flag("bypass")})
			return "", err
		},
		"tag": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.TagResourceInput{KeyId: o.key(s), Tags: []types.Tag{}}
			for _, w := range o.words[1:] {
				at := strings.LastIndexByte(w, ':')
				k, v := w[:at], w[at+1:]
				in.Tags = append(in.Tags, types.Tag{TagKey: &k, TagValue: &v})
			}
			_, err := s.w.TagResource(s.call(o.at(0)), in)
			return "", err
		},
		"untag": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			_, err := s.w.UntagResource(s.call(o.at(0)), &kms.UntagResourceInput{KeyId: o.key(s), TagKeys: o.words[1:]})
			return "", err
		},
		"tags": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.ListResourceTags(s.call(o.at(0)), &kms.ListResourceTagsInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			return "tags: " + tagText(out.Tags) + fmt.Sprintf(", truncated %v", out.Truncated), nil
		},
		"random": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.GenerateRandom(s.call(o.at(0)), &kms.GenerateRandomInput{NumberOfBytes: o.number("bytes")})
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("%d bytes", len(out.Plaintext)), nil
		},
		"last-usage": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.GetKeyLastUsage(s.call(o.at(0)), &kms.GetKeyLastUsageInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			if out.KeyLastUsage.Timestamp == nil {
				return *out.KeyId + " never", nil
			}
			return fmt.Sprintf("%s %s %s", *out.KeyId, out.KeyLastUsage.Operation, s.in(out.KeyLastUsage.Timestamp)), nil
		},
		"fault": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			f := Fault{Name: o.at(0), Kind: FaultKind(o.at(1)), Looks: o.named["looks"], AtMost: time.Hour}
			if v := o.named["in"]; v != "" {
				f.In = strings.Split(v, ",")
			}
			for _, p := range strings.Split(o.named["planes"], ",") {
				if p != "" {
					f.Planes = append(f.Planes, Plane(p))
				}
			}
			if v := o.named["at-most"]; v != "" {
				f.AtMost, _ = time.ParseDuration(v)
			}
			if v := o.named["by"]; v != "" {
				f.By, _ = time.ParseDuration(v)
			}
			if o.named["key"] != "" {
				f.Key = *o.key(s)
			}
			return "", s.w.StartFault(f)
		},
		"stop-fault": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			return "", s.w.StopFault(o.at(0))
		},
		"faults": func(s *story, _ options, _ *datadriven.TestData) (string, error) {
			var names []string
			for _, f := range s.w.Faults() {
				names = append(names, f.Name)
			}
			return "active: " + strings.Join(names, " "), nil
		},
		"trail": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			var lines []string
			for _, e := range s.w.Trail(o.at(0), time.Time{}, time.Time{}) {
				if o.at(1) != "" && !strings.Contains(o.at(1), e.Op) {
					continue
				}
				lines = append(lines, strings.TrimRight(fmt.Sprintf("%s %s from %q by %s %s", e.Op, e.Key, e.CallerRegion, e.Principal, e.Code), " "))
			}
			return strings.Join(lines, "\n"), nil
		},
		"parameters": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.GetParametersForImportInput{KeyId: o.key(s), WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048}
			if v := o.named["wrap"]; v != "" {
				in.WrappingAlgorithm = types.AlgorithmSpec(v)
			}
			if v := o.named["with"]; v != "" {
				in.WrappingKeySpec = types.WrappingKeySpec(v)
			}
			out, err := s.w.GetParametersForImport(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			s.imports[o.at(1)] = parameters{out, in.WrappingAlgorithm}
			return fmt.Sprintf("%s, public key %d bytes, valid %s", *out.KeyId, len(out.PublicKey), s.in(out.ParametersValidTo)), nil
		},
		"import": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			p := s.imports[o.at(1)]
			bytes := []byte(strings.Repeat(o.named["bytes"], 64))[:32]
			if n := o.number("length"); n != nil {
				bytes = []byte(strings.Repeat(o.named["bytes"], 64))[:*n]
			}
			wrapped, err := material.Wrap(rand.Reader, p.algorithm, p.PublicKey, bytes)
			if err != nil {
				s.t.Fatal(err)
			}
			if o.flag("damaged") {
				wrapped[0] ^= 1
			}
			token := append([]byte(nil), p.ImportToken...)
			if o.flag("damaged-token") {
				token[len(token)-1] ^= 1
			}
			in := &kms.ImportKeyMaterialInput{
				KeyId: o.key(s), ImportToken: token, EncryptedKeyMaterial: wrapped,
				ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire, KeyMaterialDescription: o.text("description"), KeyMaterialId: s.materialNamed(o.text("id")),
			}
			switch {
			case o.flag("new"):
				in.ImportType = types.ImportTypeNewKeyMaterial
			case o.flag("existing"):
				in.ImportType = types.ImportTypeExistingKeyMaterial
			}
			if v := o.named["valid"]; v != "" {
				d, err := time.ParseDuration(v)
				if err != nil {
					s.t.Fatal(err)
				}
				in.ValidTo = ptr(s.w.Now().Add(d))
				in.ExpirationModel = ""
			}
			if o.flag("expires") {
				in.ExpirationModel = types.ExpirationModelTypeKeyMaterialExpires
			}
			if o.flag("never") {
				in.ExpirationModel = types.ExpirationModelTypeKeyMaterialDoesNotExpire
			}
			out, err := s.w.ImportKeyMaterial(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			if out.KeyMaterialId == nil {
				return *out.KeyId + " no material id", nil
			}
			if name := o.named["bytes"]; s.tokens["material "+name] == "" {
				s.tokens["material "+name] = *out.KeyMaterialId
			}
			return *out.KeyId + " " + *out.KeyMaterialId, nil
		},
		"delete-material": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.DeleteImportedKeyMaterial(s.call(o.at(0)), &kms.DeleteImportedKeyMaterialInput{KeyId: o.key(s), KeyMaterialId: s.materialNamed(o.text("id"))})
			if err != nil {
				return "", err
			}
			if out.KeyMaterialId == nil {
				return *out.KeyId + " no material id", nil
			}
			return *out.KeyId + " " + *out.KeyMaterialId, nil
		},
		"algorithms": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.DescribeKey(s.call(o.at(0)), &kms.DescribeKeyInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			k := out.KeyMetadata
			return fmt.Sprintf("%s %s %v%v%v%v%v", k.KeySpec, k.KeyUsage, k.EncryptionAlgorithms, k.SigningAlgorithms, k.MacAlgorithms, k.KeyAgreementAlgorithms, k.EncapsulationAlgorithms), nil
		},
		"mac": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.GenerateMac(s.call(o.at(0)), &kms.GenerateMacInput{
				KeyId: o.key(s), Message: []byte(o.named["text"]),
				MacAlgorithm: types.MacAlgorithmSpec(o.named["algorithm"]), DryRun: dryOf(o),
			})
			if err != nil {
				return "", err
			}
			s.blobs[o.named["as"]] = out.Mac
			return fmt.Sprintf("%s %s %d bytes", *out.KeyId, out.MacAlgorithm, len(out.Mac)), nil
		},
		"verify-mac": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.VerifyMac(s.call(o.at(0)), &kms.VerifyMacInput{
				KeyId: o.key(s), Message: []byte(o.named["text"]), Mac: s.blobs[o.at(1)],
				MacAlgorithm: types.MacAlgorithmSpec(o.named["algorithm"]), DryRun: dryOf(o),
			})
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("%s %s %v", *out.KeyId, out.MacAlgorithm, out.MacValid), nil
		},
		"public-key": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.GetPublicKey(s.call(o.at(0)), &kms.GetPublicKeyInput{KeyId: o.key(s)})
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("%s %s %s %v%v%v", *out.KeyId, out.KeySpec, out.KeyUsage, out.EncryptionAlgorithms, out.SigningAlgorithms, out.KeyAgreementAlgorithms), nil
		},
		"grant": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.CreateGrantInput{KeyId: o.key(s), Name: o.text("name"), GranteePrincipal: o.text("to"), RetiringPrincipal: o.text("retiring"), DryRun: dryOf(o)}
			for _, op := range strings.Split(o.named["for"], ",") {
				in.Operations = append(in.Operations, types.GrantOperation(op))
			}
			if m := contextOf(o); m != nil {
				in.Constraints = &types.GrantConstraints{EncryptionContextSubset: m}
			}
			out, err := s.w.CreateGrant(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			name := o.named["as"]
			word := "a new grant"
			for other, id := range s.tokens {
				if id == *out.GrantId && strings.HasPrefix(other, "grant ") {
					word = "the grant " + strings.TrimPrefix(other, "grant ")
				}
			}
			s.tokens["token "+name] = *out.GrantToken
			if word == "a new grant" {
				s.tokens["grant "+name] = *out.GrantId
			}
			return fmt.Sprintf("%s, id of %d digits", word, len(*out.GrantId)), nil
		},
		"grants": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.ListGrantsInput{KeyId: o.key(s), GranteePrincipal: o.text("to"), Limit: o.number("limit")}
			if v := o.named["id"]; v != "" {
				in.GrantId = ptr(s.tokens["grant "+v])
			}
			out, err := s.w.ListGrants(s.call(o.at(0)), in)
			if err != nil {
				return "", err
			}
			return s.grantText(out.Grants) + fmt.Sprintf("truncated %v", out.Truncated), nil
		},
		"retirable": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			out, err := s.w.ListRetirableGrants(s.call(o.at(0)), &kms.ListRetirableGrantsInput{RetiringPrincipal: o.text("by")})
			if err != nil {
				return "", err
			}
			return s.grantText(out.Grants) + fmt.Sprintf("truncated %v", out.Truncated), nil
		},
		"retire": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			in := &kms.RetireGrantInput{DryRun: dryOf(o)}
			if v := o.named["token"]; v != "" {
				in.GrantToken = &v
				if token, ok := s.tokens["token "+v]; ok {
					in.GrantToken = &token
				}
			} else {
				in.KeyId, in.GrantId = o.key(s), ptr(s.tokens["grant "+o.named["id"]])
			}
			_, err := s.w.RetireGrant(s.call(o.at(0)), in)
			return "", err
		},
		"revoke": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			id := o.named["id"]
			if known, ok := s.tokens["grant "+id]; ok {
				id = known
			}
			_, err := s.w.RevokeGrant(s.call(o.at(0)), &kms.RevokeGrantInput{KeyId: o.key(s), GrantId: &id, DryRun: dryOf(o)})
			return "", err
		},
		"managed-key": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			id, err := s.w.AddManagedKey(o.at(0), "111122223333", o.at(1))
			s.keys[o.at(1)] = id
			return id, err
		},
		"identity": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			if o.flag("gone") {
				s.w.RemoveIdentity(o.at(0))
				return "", nil
			}
			s.w.AddIdentity(o.at(0), o.named["id"])
			return "", nil
		},
		"times": func(s *story, o options, d *datadriven.TestData) (string, error) {
			// times N: how often a command succeeds, and what it fails with.
			n := int(*o.number("n"))
			line := strings.Fields(d.Input)
			inner := &datadriven.TestData{Cmd: line[0]}
			for _, word := range line[1:] {
				k, v, ok := strings.Cut(word, "=")
				arg := datadriven.CmdArg{Key: k}
				if ok {
					arg.Vals = []string{v}
				}
				inner.CmdArgs = append(inner.CmdArgs, arg)
			}
			for i := range n {
				if _, err := commands()[inner.Cmd](s, optionsOf(inner), inner); err != nil {
					return fmt.Sprintf("%d times, then %s", i, err), nil
				}
			}
			return fmt.Sprintf("%d times", n), nil
		},
		"as": func(s *story, o options, _ *datadriven.TestData) (string, error) {
			s.who = admin()
			if o.at(0) == "admin" {
				return "", nil
			}
			account := o.named["account"]
			if account == "" {
				account = "111122223333"
			}
			s.who = &Principal{ARN: "arn:aws:iam::" + account + ":role/" + o.at(0), Account: account, Session: policyOf(o.named["session"]), Boundary: policyOf(o.named["boundary"])}
			if name, ok := o.named["named"]; ok {
				s.who.ARN = "arn:aws:sts::" + account + ":assumed-role/" + o.at(0) + "/" + name
			}
			if v := o.named["may"]; v == "nothing" {
				s.who.Policies = []string{}
			} else if v != "" {
				s.who.Policies = []string{policyOf(v)}
			}
			return "", nil
		},
	}
}

// policyOf spells out allow:ACTION or deny:ACTION.
func policyOf(short string) string {
	effect, action, ok := strings.Cut(short, ":")
	if !ok {
		return ""
	}
	effect = strings.ToUpper(effect[:1]) + effect[1:]
	text := fmt.Sprintf(`{"Statement":[{"Effect":%q,"Action":"kms:%s","Resource":"*"}`, effect, action)
	if effect == "Deny" {
		text += `,{"Effect":"Allow","Action":"*","Resource":"*"}`
	}
	return text + "]}"
}

func ptr[T any](v T) *T { return &v }

func dryOf(o options) *bool {
	if o.flag("dry") {
		return ptr(true)
	}
	return nil
}

func contextOf(o options) map[string]string {
	v := o.named["context"]
	if v == "" {
		return nil
	}
	m := map[string]string{}
	for _, pair := range strings.Split(v, ",") {
		k, val, _ := strings.Cut(pair, ":")
		m[k] = val
	}
	return m
}

func tagText(tags []types.Tag) string {
	var list []string
	for _, t := range tags {
		list = append(list, *t.TagKey+":"+*t.TagValue)
	}
	sort.Strings(list)
	return "[" + strings.Join(list, " ") + "]"
}

// grantText is one line for each grant.
func (s *story) grantText(list []types.GrantListEntry) string {
	var b strings.Builder
	for _, g := range list {
		name := "?"
		for other, id := range s.tokens {
			if id == *g.GrantId && strings.HasPrefix(other, "grant ") {
				name = strings.TrimPrefix(other, "grant ")
			}
		}
		fmt.Fprintf(&b, "%s on %s to %s for %v by %s, whole seconds %v", name, *g.KeyId, *g.GranteePrincipal, g.Operations, *g.IssuingAccount, g.CreationDate.Nanosecond() == 0)
		if g.RetiringPrincipal != nil {
			fmt.Fprintf(&b, ", retired by %s", *g.RetiringPrincipal)
		}
		if g.Constraints != nil {
			fmt.Fprintf(&b, ", if %v", g.Constraints.EncryptionContextSubset)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// in spells a moment as its distance from now.
func (s *story) in(t *time.Time) string {
	d := t.Sub(s.w.Now())
	if d < 0 {
		return (-d).String() + " ago"
	}
	return "in " + d.String()
}

// metadata is one line for what matters of a key's metadata, and one for its set.
func (s *story) metadata(k *types.KeyMetadata) string {
	text := fmt.Sprintf("%s %s enabled=%v", *k.Arn, k.KeyState, k.Enabled)
	if k.CurrentKeyMaterialId != nil {
		text += " material=" + *k.CurrentKeyMaterialId
	}
	if *k.Description != "" {
		text += fmt.Sprintf(" description=%q", *k.Description)
	}
	if k.Origin != types.OriginTypeAwsKms {
		text += " origin=" + string(k.Origin)
	}
	if k.ExpirationModel != "" {
		text += " " + string(k.ExpirationModel)
	}
	if k.ValidTo != nil {
		text += " valid-to " + s.in(k.ValidTo)
	}
	if k.DeletionDate != nil {
		text += " deleted " + s.in(k.DeletionDate)
	}
	if k.PendingDeletionWindowInDays != nil {
		text += fmt.Sprintf(" window=%d", *k.PendingDeletionWindowInDays)
	}
	if c := k.MultiRegionConfiguration; c != nil {
		var replicas []string
		for _, r := range c.ReplicaKeys {
			replicas = append(replicas, *r.Region)
		}
		text += fmt.Sprintf("\n  %s of %s, replicas %v", c.MultiRegionKeyType, *c.PrimaryKey.Region, replicas)
	}
	return text
}
