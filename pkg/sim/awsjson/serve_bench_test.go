package awsjson

import (
	"bufio"
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

// TestMain is the server that the loopback benchmark measures, when it is
// started as one: so its CPU time is its own.
func TestMain(m *testing.M) {
	switch os.Getenv("MRKCTL_BENCH_SERVER") {
	case "served":
		debug.SetGCPercent(400) // as sim serve does
		serveForBench(func(l net.Listener) error { return Serve(context.Background(), l, benchWorld()) })
	case "bare":
		serveForBench(func(l net.Listener) error { return http.Serve(l, http.HandlerFunc(bareHandler)) })
	default:
		os.Exit(m.Run())
	}
}

func serveForBench(serve func(net.Listener) error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		fmt.Println(l.Addr())
		err = serve(l)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func benchWorld() http.Handler {
	c := clock.NewReal(1)
	w, err := sim.New(sim.Options{Start: c.Now(), Rand: rand.Reader, NoRateLimits: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return New(w, c).Handler(HandlerOptions{})
}

// bareHandler is what there is to beat: net/http, one AES-256-GCM, and the same
// documents in and out with encoding/json. It checks nothing.
func bareHandler(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var in struct {
		KeyID     string `json:"KeyId"`
		Plaintext []byte
	}
	if err := json.Unmarshal(body, &in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	block, _ := aes.NewCipher(make([]byte, 32))
	gcm, _ := cipher.NewGCM(block)
	nonce := make([]byte, 12, 12+len(in.Plaintext)+16+110)
	_, _ = rand.Read(nonce)
	blob := gcm.Seal(nonce, nonce, in.Plaintext, nil)
	out, _ := json.Marshal(struct {
		CiphertextBlob             []byte
		EncryptionAlgorithm, KeyID string
	}{blob[:cap(blob)], "SYMMETRIC_DEFAULT", in.KeyID})
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_, _ = w.Write(out)
}

const benchClients = 64

// BenchmarkServedLoopback compares a served world with the bare handler, each
// a process of its own, at 64 connections of a client that only copies bytes.
// They take turns of a quarter of a second. Run it with -benchtime 40x.
func BenchmarkServedLoopback(b *testing.B) {
	servers := []*benchServer{startBench(b, "bare"), startBench(b, "served")}
	key := benchKey(b, servers[1])
	for _, s := range servers {
		s.request = encryptRequest(b, s.address, key)
		s.run(b, 200*time.Millisecond) // warm up
		s.calls, s.wall, s.cpuBefore = 0, 0, s.cpu(b)
	}
	for b.Loop() {
		for _, s := range servers {
			s.run(b, 250*time.Millisecond)
		}
	}
	var rate, cost [2]float64
	for i, s := range servers {
		rate[i] = float64(s.calls) / s.wall.Seconds()
		cost[i] = (s.cpu(b) - s.cpuBefore).Seconds() / float64(s.calls) * 1e6
		b.ReportMetric(rate[i], s.kind+"-calls/s")
		b.ReportMetric(cost[i], s.kind+"-cpu-µs/call")
	}
	b.ReportMetric(rate[1]/rate[0], "throughput-ratio")
	b.ReportMetric(cost[1]/cost[0], "cpu-ratio")
	b.ReportMetric(0, "ns/op")
}

// benchServer is a server process and the connections to it.
type benchServer struct {
	kind, address string
	pid           int
	request       []byte
	connections   []net.Conn
	calls         int64
	wall          time.Duration
	cpuBefore     time.Duration
}

func startBench(b *testing.B, kind string) *benchServer {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "MRKCTL_BENCH_SERVER="+kind)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	s := &benchServer{kind: kind, address: strings.TrimSpace(line), pid: child.Process.Pid}
	for range benchClients {
		c, err := net.Dial("tcp", s.address)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = c.Close() })
		s.connections = append(s.connections, c)
	}
	return s
}

func benchKey(b *testing.B, s *benchServer) string {
	url := "http://" + s.address
	client := signingClient(url, "eu-west-1", keyPair("test", "test"))
	made, err := client.CreateKey(context.Background(), &kms.CreateKeyInput{MultiRegion: aws.Bool(true)})
	if err != nil {
		b.Fatal(err)
	}
	return *made.KeyMetadata.Arn
}

// encryptRequest is a signed Encrypt, as bytes.
func encryptRequest(b *testing.B, address, key string) []byte {
	body := []byte(`{"KeyId":"` + key + `","Plaintext":"BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="}`)
	r, err := http.NewRequest(http.MethodPost, "http://"+address+"/", bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "TrentService.Encrypt")
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	sum := sha256.Sum256(body)
	err = v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"},
		r, hex.EncodeToString(sum[:]), "kms", "eu-west-1", time.Now())
	if err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// run keeps every connection busy for d.
func (s *benchServer) run(b *testing.B, d time.Duration) {
	start := time.Now()
	end := start.Add(d)
	var all sync.WaitGroup
	counts := make([]int64, len(s.connections))
	failed := make([]error, len(s.connections))
	for i, c := range s.connections {
		all.Go(func() {
			in := bufio.NewReaderSize(c, 4096)
			for time.Now().Before(end) && failed[i] == nil {
				if _, failed[i] = c.Write(s.request); failed[i] == nil {
					failed[i] = readAnswer(in)
				}
				counts[i]++
			}
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		b.Fatal(s.kind, err)
	}
	s.wall += time.Since(start)
	for _, n := range counts {
		s.calls += n
	}
}

// readAnswer reads one answer and demands status 200.
func readAnswer(in *bufio.Reader) error {
	length := 0
	for first := true; ; first = false {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !bytes.Contains(line, []byte(" 200 ")) {
			return fmt.Errorf("answer %q", line)
		}
		if len(line) == 2 {
			_, err := in.Discard(length)
			return err
		}
		if rest, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(rest)))
		}
	}
}

// cpu is the CPU time the process has used so far.
func (s *benchServer) cpu(b *testing.B) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.pid))
	if err != nil {
		b.Skipf("the CPU time of a process is read from /proc: %v", err)
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
}
