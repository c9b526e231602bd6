package awsjson

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/sim"
)

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestGate: who has said nothing for the longest time has to go, with a reason;
// who is being answered stays.
func TestGate(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	g := newGate(inner, 2)
	accepted := make(chan *visitor, 8)
	go func() {
		for {
			c, err := g.Accept()
			if err != nil {
				return
			}
			accepted <- c.(*visitor)
		}
	}()
	turnedAway := func(c net.Conn) {
		t.Helper()
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		said, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(said), "Too many connections") {
			t.Errorf("got %s %s, %v", resp.Status, said, err)
		}
	}
	address := inner.Addr().String()
	one := dial(t, address)
	first := <-accepted
	two := dial(t, address)
	second := <-accepted
	first.heard.Store(1)
	second.heard.Store(2)

	dial(t, address)
	third := <-accepted
	turnedAway(one)
	second.busy.Store(true)
	third.busy.Store(true)
	turnedAway(dial(t, address))
	third.busy.Store(false)
	dial(t, address)
	fourth := <-accepted
	second.busy.Store(false)
	second.Close()
	second.Close() // twice counts once
	dial(t, address)
	<-accepted
	if _, ok := g.open[fourth]; len(g.open) != 2 || !ok {
		t.Errorf("%d connections are open", len(g.open))
	}
	_ = two
}

// TestSlowClientsDoNotKeepOthersOut: ten thousand connections that begin a
// request and never end it, and one client that goes on working among them.
func TestSlowClientsDoNotKeepOthersOut(t *testing.T) {
	t.Parallel()
	count := 10_000
	if testing.Short() {
		count = 5000
	}
	c := clock.NewReal(1)
	w, err := sim.New(sim.Options{Start: c.Now(), NoRateLimits: true})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, New(w, c).Handler(HandlerOptions{})) }()
	client := signingClient("http://"+l.Addr().String(), "us-east-1", keyPair("test", "test"))
	made, err := client.CreateKey(ctx, &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	before := heap()
	var slow []net.Conn
	defer func() {
		for _, c := range slow {
			c.Close()
		}
	}()
	for i := range count {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Logf("the system gives us %d connections: %v", len(slow), err)
			break
		}
		slow = append(slow, conn)
		// Some are slow with the header, some with a body that they say is long.
		if i%2 == 0 {
			_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: kms\r\nX-Slow: ")
		} else {
			_, _ = fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: kms\r\nContent-Length: %d\r\n\r\n{", maxBody-1)
		}
		if i%500 == 0 {
			if _, err := client.Encrypt(ctx, &kms.EncryptInput{KeyId: made.KeyMetadata.KeyId, Plaintext: []byte("p")}); err != nil {
				t.Fatalf("beside %d slow connections: %v", i, err)
			}
		}
	}
	if grown := heap() - before; grown > 256<<20 {
		t.Errorf("%d slow connections take %d MiB", len(slow), grown>>20)
	}
	keys, err := client.ListKeys(ctx, &kms.ListKeysInput{})
	if err != nil || len(keys.Keys) != 1 {
		t.Errorf("afterwards: %v", err)
	}
	for _, c := range slow {
		c.Close()
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// TestLongBodyIsRefusedEarly: a body of 100 MB is refused with a reason before
// more than its beginning has come, whether it says how long it is or not, and
// nothing has changed.
func TestLongBodyIsRefusedEarly(t *testing.T) {
	s, url := served(t, HandlerOptions{})
	for name, header := range map[string]string{
		"that says so": "Content-Length: 104857600\r\n\r\n",
		"in chunks":    "Transfer-Encoding: chunked\r\n\r\n",
	} {
		conn := dial(t, strings.TrimPrefix(url, "http://"))
		_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: kms\r\nX-Amz-Target: TrentService.CreateKey\r\n"+header)
		if err != nil {
			t.Fatal(err)
		}
		if name == "in chunks" {
			// One byte more than is looked at, and the answer must come.
			_, _ = fmt.Fprintf(conn, "%x\r\n%s\r\n", maxBody+1, strings.Repeat("a", maxBody+1))
		}
		_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("a body %s: %v", name, err)
		}
		said, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(said), "RequestEntityTooLargeException") || !resp.Close {
			t.Errorf("a body %s: got %s %s, the connection is kept: %v", name, resp.Status, said, !resp.Close)
		}
	}
	s.View(func(w *sim.World) {
		if c := w.Census(); len(c) != 0 {
			t.Errorf("the world holds %v", c)
		}
	})
}
