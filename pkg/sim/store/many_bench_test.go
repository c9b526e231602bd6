package store_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/store"
)

// BenchmarkManyKeys fills worlds with multi-Region keys in three Regions and
// says what a member costs in memory and on disk, how long a restart takes for
// each, and what Decrypt and DescribeKey cost among so many.
func BenchmarkManyKeys(b *testing.B) {
	for _, sets := range []int{10, 1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(sets), func(b *testing.B) {
			for b.Loop() {
				manyKeys(b, sets)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

var (
	threeRegions = []string{"us-east-1", "eu-west-1", "ap-southeast-2"}
	somebody     = &sim.Principal{ARN: "arn:aws:iam::111122223333:user/test", Account: "111122223333"}
)

func manyKeys(b *testing.B, sets int) {
	empty := heap()
	w, err := sim.New(sim.Options{
		Regions: threeRegions, Rand: rand.Reader, NoRateLimits: true,
		Limits: sim.Limits{Keys: 1 << 20, AliasesPerKey: 50, GrantsPerKey: 50, TagsPerKey: 50, PolicyBytes: 32 << 10},
	})
	if err != nil {
		b.Fatal(err)
	}
	ids := fill(b, w, sets)
	members := float64(sets * len(threeRegions))
	b.ReportMetric(float64(heap()-empty)/members, "heap-B/member")
	useKeys(b, w, ids)

	path := filepath.Join(b.TempDir(), "world.db")
	s, err := store.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	all, err := w.Save(false)
	if err == nil {
		err = s.Replace(all)
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	if info, err := os.Stat(path); err == nil {
		b.ReportMetric(float64(info.Size())/members, "disk-B/member")
	}
	runtime.GC()
	start := time.Now()
	if s, err = store.Open(path); err != nil {
		b.Fatal(err)
	}
	back, err := s.World(sim.Options{Rand: rand.Reader})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(time.Since(start).Microseconds())/members, "restart-µs/member")
	if got := back.Census()[0].Keys; got != sets {
		b.Fatalf("%d keys came back of %d", got, sets)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// fill makes key sets with a member in each Region, and lets time pass until
// they are ready.
func fill(b *testing.B, w *sim.World, sets int) []string {
	ids := make([]string, sets)
	for i := range ids {
		made, err := w.CreateKey(&sim.Call{Region: threeRegions[0], Principal: somebody}, &kms.CreateKeyInput{MultiRegion: aws.Bool(true)})
		if err != nil {
			b.Fatal(err)
		}
		ids[i] = *made.KeyMetadata.KeyId
		for _, region := range threeRegions[1:] {
			_, err := w.ReplicateKey(&sim.Call{Region: threeRegions[0], Principal: somebody}, &kms.ReplicateKeyInput{KeyId: &ids[i], ReplicaRegion: &region})
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	w.Advance(w.Now().Add(time.Minute))
	return ids
}

// useKeys times calls on keys spread over the world.
func useKeys(b *testing.B, w *sim.World, ids []string) {
	const calls = 20_000
	key := func(i int) *string { return &ids[i*7919%len(ids)] }
	sealed, err := w.Encrypt(&sim.Call{Region: threeRegions[0], Principal: somebody}, &kms.EncryptInput{KeyId: key(1), Plaintext: make([]byte, 32)})
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	for range calls {
		if _, err := w.Decrypt(&sim.Call{Region: threeRegions[1], Principal: somebody}, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(time.Since(start).Nanoseconds())/calls, "decrypt-ns")
	start = time.Now()
	for i := range calls {
		if _, err := w.DescribeKey(&sim.Call{Region: threeRegions[1], Principal: somebody}, &kms.DescribeKeyInput{KeyId: key(i)}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(time.Since(start).Nanoseconds())/calls, "describe-ns")
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
