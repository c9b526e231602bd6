package store_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/store"
)

// BenchmarkManyKeys fills worlds with multi-Region keys in three Regions and
// says what a member costs in memory and on disk, and the processor time of a
// restart for each member, and of Decrypt and DescribeKey among so many.
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
	path := filepath.Join(b.TempDir(), "world.db")
	members := float64(sets * len(threeRegions))
	keep(b, path, sets, members)
	runtime.GC()
	start := cpuTime(b)
	s, err := store.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	w, err := s.World(sim.Options{Rand: rand.Reader})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64((cpuTime(b)-start).Microseconds())/members, "restart-µs/member")
	if got := w.Census()[0].Keys; got != sets {
		b.Fatalf("%d keys came back of %d", got, sets)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

// keep fills a world, measures it and writes it into a file.
func keep(b *testing.B, path string, sets int, members float64) {
	empty := heap()
	w, err := sim.New(sim.Options{
		Regions: threeRegions, Rand: rand.Reader, NoRateLimits: true,
		Limits: sim.Limits{Keys: 1 << 20, AliasesPerKey: 50, GrantsPerKey: 50, TagsPerKey: 50, PolicyBytes: 32 << 10},
	})
	if err != nil {
		b.Fatal(err)
	}
	ids := fill(b, w, sets)
	b.ReportMetric(float64(heap()-empty)/members, "heap-B/member")
	useKeys(b, w, ids)
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
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/members, "disk-B/member")
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
	runtime.GC()
	start := cpuTime(b)
	for range calls {
		if _, err := w.Decrypt(&sim.Call{Region: threeRegions[1], Principal: somebody}, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpuTime(b)-start).Nanoseconds())/calls, "decrypt-ns")
	describe := func(metric string, key func(i int) *string) {
		start := cpuTime(b)
		for i := range calls {
			if _, err := w.DescribeKey(&sim.Call{Region: threeRegions[1], Principal: somebody}, &kms.DescribeKeyInput{KeyId: key(i)}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64((cpuTime(b)-start).Nanoseconds())/calls, metric)
	}
	describe("describe-spread-ns", key)
	describe("describe-ns", func(int) *string { return &ids[0] })
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// cpuTime is what the process has used of the processors so far: unlike the
// wall clock it does not see who else wants them.
func cpuTime(b *testing.B) time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
