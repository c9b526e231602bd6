package cmd

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
	"github.com/mrkctl/mrkctl/pkg/sim/xks"
)

// The credential of a proxy unless another is given. Like test/test it is
// public, and the proxy listens to this machine alone.
const (
	defaultXksAccessKey = "MRKCTLXKSPROXYACCESS"
	defaultXksSecret    = "mrkctl+external+key+store+proxy+credential/0"
)

type simXksProxyOptions struct {
	listen     string
	path       string
	keys       []string
	state      string
	credential string
}

func newSimXksProxyCmd(app *App) *cobra.Command {
	o := simXksProxyOptions{}
	c := &cobra.Command{
		Use:   "xks-proxy",
		Short: "Run an external key store proxy with a key manager behind it",
		Long: `Run an external key store proxy that speaks the proxy API which AWS publishes,
with a key manager behind it, so that the cryptography of a KMS key in an
external key store really happens outside the simulated KMS. Point a served
world at it with "mrkctl sim serve --xks-proxy https://xks.example.com=URL".

Only a served world reaches proxies. Worlds that a command opens by itself (sim,
sim:PATH) live in simulated time, in which nothing outside can answer; and none
of mrkctl's own commands needs one, since multi-Region keys can't be in custom
key stores. For the world of a file use "sim serve --state PATH".

The credential is ` + defaultXksAccessKey + ` with secret
` + defaultXksSecret + ` unless --credential names a file in
the form in which the KMS console takes it. Every request is shown on stderr.

With --state the keys are kept in a file. Without it they are gone when the
command ends, and nothing that was encrypted under them can be opened again.`,
		Example: `  mrkctl sim xks-proxy --key payments --state keys.json
  mrkctl sim xks-proxy --listen 127.0.0.1:0 --path /stores/1/kms/xks/v1`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runSimXksProxy(c.Context(), app, o) },
	}
	flags := c.Flags()
	flags.StringVar(&o.listen, "listen", "127.0.0.1:4600", "address to listen at, of this machine only; port 0 picks a free one")
	flags.StringVar(&o.path, "path", "/kms/xks/v1", "base path of the API; it ends in /kms/xks/v1")
	flags.StringArrayVar(&o.keys, "key", []string{"key-1"}, "id of an external key to make if there is none yet; may be repeated")
	flags.StringVar(&o.state, "state", "", "file to keep the keys in")
	flags.StringVar(&o.credential, "credential", "", "file with the credential to accept, as JSON")
	return c
}

func runSimXksProxy(ctx context.Context, app *App, o simXksProxyOptions) error {
	if err := loopback(o.listen); err != nil {
		return err
	}
	// What KMS takes for a base path.
	if ok, err := regexp.MatchString(`^(/[a-zA-Z0-9/_-]+)?/kms/xks/v1$`, o.path); err != nil || !ok || len(o.path) > 128 {
		return usageErrorf("--path %s: it must be of the form /prefix/kms/xks/v1", o.path)
	}
	credential, err := xksCredential(o.credential)
	if err != nil {
		return err
	}
	keys, err := xks.OpenKeys(o.state, rand.Reader, o.keys)
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return withHint(fmt.Errorf("run an external key store proxy: %w", err), "mrkctl sim xks-proxy --listen 127.0.0.1:0")
	}
	if err := app.print("http://" + l.Addr().String() + "\n"); err != nil {
		return err
	}
	app.Note("proxy for keys %s at path %s", strings.Join(keys.IDs(), ", "), o.path)
	return awsjson.Serve(ctx, l, &xks.Proxy{
		Path: o.path, Credentials: []xks.Credential{credential}, Keys: keys, Now: time.Now, Random: rand.Reader,
		Log: func(e xks.Entry) {
			line := e.Path + " " + e.Failure
			if e.Failure == "" {
				line = e.Path + " ok"
			}
			if e.Call.Operation != "" {
				line += " for " + e.Call.Operation + ", request " + e.Call.RequestID
			}
			if e.Call.KeyARN != "" {
				line += ", " + e.Call.KeyARN
			}
			app.Note("%s", line)
		},
	})
}

// xksCredential reads a credential file; the default credential when there is none.
func xksCredential(path string) (xks.Credential, error) {
	if path == "" {
		return xks.Credential{AccessKeyID: defaultXksAccessKey, Secret: defaultXksSecret}, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return xks.Credential{}, fmt.Errorf("read the proxy's credential: %w", err)
	}
	var file struct {
		XksProxyAuthenticationCredential struct {
			AccessKeyID string `json:"AccessKeyId"`
			Secret      string `json:"RawSecretAccessKey"`
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return xks.Credential{}, fmt.Errorf("read the proxy's credential: %s is not JSON as it should be: %w", path, err)
	}
	c := file.XksProxyAuthenticationCredential
	if c.AccessKeyID == "" || c.Secret == "" {
		return xks.Credential{}, usageErrorf("--credential %s: it needs XksProxyAuthenticationCredential with AccessKeyId and RawSecretAccessKey", path)
	}
	return xks.Credential{AccessKeyID: c.AccessKeyID, Secret: c.Secret}, nil
}

// xksRoutes reads the values of --xks-proxy: where the proxy of an endpoint
// really is.
func xksRoutes(values []string) (map[string]string, error) {
	routes := map[string]string{}
	for _, v := range values {
		endpoint, address, ok := strings.Cut(v, "=")
		if !ok || !strings.HasPrefix(endpoint, "https://") || !strings.HasPrefix(address, "http") {
			return nil, usageErrorf("--xks-proxy %s: it must be of the form https://ENDPOINT=URL", v)
		}
		routes[endpoint] = strings.TrimSuffix(address, "/")
	}
	return routes, nil
}
