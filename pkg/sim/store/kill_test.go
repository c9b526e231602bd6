package store_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
	"github.com/mrkctl/mrkctl/pkg/sim/store"
)

// TestMain serves a world instead of running tests in the child that the kill
// test starts.
func TestMain(m *testing.M) {
	if path := os.Getenv("MRKCTL_TEST_SERVE"); path != "" {
		if err := serveForever(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func serveForever(path string) error {
	s, err := store.Open(path)
	if err != nil {
		return err
	}
	c := clock.NewReal(1)
	w, err := s.World(sim.Options{Start: c.Now(), Rand: rand.Reader, NoRateLimits: true})
	if err != nil {
		return err
	}
	server := awsjson.New(w, c)
	server.Keep(s)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	return awsjson.Serve(context.Background(), l, server.Handler(awsjson.HandlerOptions{}))
}

// TestKilledServerKeepsWhatItAcknowledged kills a serving process again and
// again at random moments, while clients change its world, and looks after
// each restart for every change that was acknowledged. MRKCTL_KILLS says how
// often; hundreds take a minute or two.
func TestKilledServerKeepsWhatItAcknowledged(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes")
	}
	kills := 8
	if n, err := strconv.Atoi(os.Getenv("MRKCTL_KILLS")); err == nil {
		kills = n
	}
	path := filepath.Join(t.TempDir(), "world.db")
	a := acknowledged{aliases: map[string]string{}, text: map[string]int{}}
	for i := range kills {
		url, kill := startChild(t, path)
		client := kms.New(kms.Options{
			Region: "eu-west-1", BaseEndpoint: &url, Retryer: aws.NopRetryer{},
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
			}),
		})
		a.check(t, client, i == kills-1)
		if t.Failed() {
			kill()
			t.Fatalf("after kill %d", i)
		}
		var writers sync.WaitGroup
		for n := range 4 {
			writers.Go(func() { a.write(client, fmt.Sprintf("%d-%d", i, n)) })
		}
		time.Sleep(time.Duration(mathrand.IntN(60)) * time.Millisecond)
		kill()
		writers.Wait()
	}
	t.Logf("%d kills, %d keys, %d aliases", kills, len(a.text), len(a.aliases))
}

func startChild(t *testing.T, path string) (url string, kill func()) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "MRKCTL_TEST_SERVE="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the child did not come up: %v", err)
	}
	kill = sync.OnceFunc(func() {
		_ = child.Process.Signal(syscall.SIGKILL)
		_ = child.Wait() // killed is what it says
	})
	t.Cleanup(kill)
	return strings.TrimSpace(line), kill
}

// acknowledged is what clients were told had happened.
type acknowledged struct {
	mu      sync.Mutex
	aliases map[string]string // alias to key
	text    map[string]int    // key to the number in its description
	fresh   []string          // keys of the latest round
}

// write makes a key and changes it until the server is gone.
func (a *acknowledged) write(client *kms.Client, name string) {
	ctx := context.Background()
	made, err := client.CreateKey(ctx, &kms.CreateKeyInput{Description: aws.String("0")})
	if err != nil {
		return
	}
	key := made.KeyMetadata.KeyId
	a.note(func() { a.text[*key] = 0; a.fresh = append(a.fresh, *key) })
	for i := 1; ; i++ {
		if _, err := client.UpdateKeyDescription(ctx, &kms.UpdateKeyDescriptionInput{KeyId: key, Description: aws.String(strconv.Itoa(i))}); err != nil {
			return
		}
		a.note(func() { a.text[*key] = i })
		alias := fmt.Sprintf("alias/%s-%d", name, i)
		if i > 40 {
			continue
		}
		if _, err := client.CreateAlias(ctx, &kms.CreateAliasInput{AliasName: &alias, TargetKeyId: key}); err != nil {
			return
		}
		a.note(func() { a.aliases[alias] = *key })
	}
}

func (a *acknowledged) note(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
}

// check looks for what was acknowledged: all of it, or what the latest round
// brought. A description may be one further, since the last change may have
// been written and its answer lost.
func (a *acknowledged) check(t *testing.T, client *kms.Client, all bool) {
	t.Helper()
	ctx := context.Background()
	keys := a.fresh
	if all {
		keys = nil
		for key := range a.text {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		out, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &key})
		if err != nil {
			t.Errorf("key %s: %v", key, err)
			continue
		}
		if got, _ := strconv.Atoi(*out.KeyMetadata.Description); got < a.text[key] || got > a.text[key]+1 {
			t.Errorf("key %s is at change %d, acknowledged were %d", key, got, a.text[key])
		}
	}
	a.fresh = nil
	found := map[string]string{}
	pages := kms.NewListAliasesPaginator(client, &kms.ListAliasesInput{Limit: aws.Int32(100)})
	for pages.HasMorePages() {
		// The SDK's client closes a request's body when the answer begins, and
		// now and then the connection with it when the server is this fast.
		page, err := pages.NextPage(ctx)
		for try := 0; err != nil && try < 5; try++ {
			page, err = pages.NextPage(ctx)
		}
		if err != nil {
			t.Fatalf("after %d aliases: %v", len(found), err)
		}
		for _, alias := range page.Aliases {
			found[*alias.AliasName] = aws.ToString(alias.TargetKeyId)
		}
	}
	for alias, key := range a.aliases {
		if found[alias] != key {
			t.Errorf("%s points to %q, acknowledged was %s", alias, found[alias], key)
		}
	}
}
