package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

func ofCluster(name, cluster string) *kms.CreateCustomKeyStoreInput {
	return &kms.CreateCustomKeyStoreInput{
		CustomKeyStoreName: &name, CloudHsmClusterId: &cluster,
		TrustAnchorCertificate: aws.String("anchor"), KeyStorePassword: aws.String("kmsPswd7"),
	}
}

const clusterOne, clusterTwo = "cluster-2222222aaaa", "cluster-3333333bbbb"

// TestClusterKeyStore is the life of a key store in a cluster: MRK-STORE-01,
// MRK-STORE-02, MRK-STORE-03, MRK-STORE-04, MRK-STORE-08, MRK-STORE-09.
func TestClusterKeyStore(t *testing.T) {
	l := newLab(t, "us-east-1", "eu-west-1")
	c := l.at("us-east-1")
	s, err := c.CreateCustomKeyStore(l.ctx, ofCluster("store", clusterOne))
	l.done("CreateCustomKeyStore", err)
	id := s.CustomKeyStoreId
	if !strings.HasPrefix(*id, "cks-") || len(*id) != 21 {
		t.Errorf("id %s", *id)
	}
	state := func(want types.ConnectionStateType) {
		t.Helper()
		e := l.entry(c, id)
		if e.ConnectionState != want || *e.CloudHsmClusterId != clusterOne || *e.TrustAnchorCertificate != "anchor" || e.XksProxyConfiguration != nil {
			t.Errorf("%+v, want %s", e, want)
		}
	}
	connect := func() error {
		_, err := c.ConnectCustomKeyStore(l.ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: id})
		return err
	}
	disconnect := func() error {
		_, err := c.DisconnectCustomKeyStore(l.ctx, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: id})
		return err
	}
	remove := func() error {
		_, err := c.DeleteCustomKeyStore(l.ctx, &kms.DeleteCustomKeyStoreInput{CustomKeyStoreId: id})
		return err
	}
	create := func() (*kms.CreateKeyOutput, error) {
		return c.CreateKey(l.ctx, &kms.CreateKeyInput{Origin: types.OriginTypeAwsCloudhsm, CustomKeyStoreId: id})
	}
	const invalid = "CustomKeyStoreInvalidStateException"
	state(types.ConnectionStateTypeDisconnected)
	_, err = create()
	l.refused("key in a disconnected store", err, invalid, "")
	l.refused("disconnect", disconnect(), invalid, "")
	l.done("connect", connect())
	state(types.ConnectionStateTypeConnecting)
	l.done("connect while connecting", connect())
	l.pass(20 * time.Minute)
	state(types.ConnectionStateTypeConnected)
	l.done("connect when connected", connect())

	key, err := create()
	l.done("CreateKey", err)
	arn := key.KeyMetadata.Arn
	if k := key.KeyMetadata; *k.CustomKeyStoreId != *id || *k.CloudHsmClusterId != clusterOne || k.Origin != types.OriginTypeAwsCloudhsm || k.KeyState != types.KeyStateEnabled {
		t.Errorf("%+v", k)
	}
	sealed, err := c.Encrypt(l.ctx, &kms.EncryptInput{KeyId: arn, Plaintext: []byte("p")})
	l.done("Encrypt", err)
	_, err = c.GenerateRandom(l.ctx, &kms.GenerateRandomInput{NumberOfBytes: aws.Int32(8), CustomKeyStoreId: id})
	l.done("GenerateRandom", err)
	for name, err := range map[string]error{
		"rotation":   second(c.EnableKeyRotation(l.ctx, &kms.EnableKeyRotationInput{KeyId: arn})),
		"data pair":  second(c.GenerateDataKeyPair(l.ctx, &kms.GenerateDataKeyPairInput{KeyId: arn, KeyPairSpec: types.DataKeyPairSpecEccNistP256})),
		"parameters": second(c.GetParametersForImport(l.ctx, &kms.GetParametersForImportInput{KeyId: arn, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048})),
	} {
		l.refused(name, err, "UnsupportedOperationException", *arn+" origin is AWS_CLOUDHSM which is not valid for this operation.")
	}
	l.done("disconnect", disconnect())
	state(types.ConnectionStateTypeDisconnecting)
	l.refused("connect while disconnecting", connect(), invalid, "")
	l.refused("disconnect twice", disconnect(), invalid, "")
	l.pass(time.Minute)
	state(types.ConnectionStateTypeDisconnected)
	if k := l.metadata(c, arn); k.KeyState != types.KeyStateUnavailable || k.Enabled {
		t.Errorf("%s", k.KeyState)
	}
	_, err = c.Decrypt(l.ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
	l.refused("unavailable", err, "KMSInvalidStateException", *arn+" is unavailable.")
	_, err = c.GenerateRandom(l.ctx, &kms.GenerateRandomInput{NumberOfBytes: aws.Int32(8), CustomKeyStoreId: id})
	l.refused("random bytes", err, invalid, "")
	l.refused("delete with keys", remove(), "CustomKeyStoreHasCMKsException", "")
	l.done("connect", connect())
	l.pass(20 * time.Minute)
	opened, err := c.Decrypt(l.ctx, &kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
	l.done("Decrypt", err)
	if string(opened.Plaintext) != "p" {
		t.Errorf("%q", opened.Plaintext)
	}
	_, err = c.ScheduleKeyDeletion(l.ctx, &kms.ScheduleKeyDeletionInput{KeyId: arn, PendingWindowInDays: aws.Int32(7)})
	l.done("ScheduleKeyDeletion", err)
	l.pass(8 * 24 * time.Hour)
	l.refused("delete when connected", remove(), invalid, "")
	l.done("disconnect", disconnect())
	l.pass(time.Minute)
	l.done("delete", remove())
	for what, err := range map[string]error{"delete": remove(), "connect": connect(), "disconnect": disconnect()} {
		l.refused(what, err, "CustomKeyStoreNotFoundException", "")
	}
	_, err = create()
	l.refused("key", err, "CustomKeyStoreNotFoundException", "")
}

// second is the error of a call whose answer does not matter.
func second[T any](_ T, err error) error { return err }

// TestStoreIsSaved: a store survives with what it was on its way to.
func TestStoreIsSaved(t *testing.T) {
	l := newLab(t, "us-east-1")
	c := l.at("us-east-1")
	s, err := c.CreateCustomKeyStore(l.ctx, ofCluster("store", clusterOne))
	l.done("CreateCustomKeyStore", err)
	l.done("connect", second(c.ConnectCustomKeyStore(l.ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: s.CustomKeyStoreId})))
	var saved []sim.Change
	l.server.View(func(w *sim.World) { saved, err = w.Save(true) })
	l.done("Save", err)
	for _, change := range saved {
		if strings.Contains(string(change.Data), "kmsPswd7") {
			t.Errorf("%s holds the password", change.ID)
		}
	}
	w, err := sim.Load(saved, sim.Options{})
	l.done("Load", err)
	l.done("Replace", l.server.Replace(w))
	l.pass(20 * time.Minute)
	if e := l.entry(c, s.CustomKeyStoreId); e.ConnectionState != types.ConnectionStateTypeConnected {
		t.Errorf("%+v", e)
	}
}

// TestForkReachesProxies: a forked world does its cryptography where the first
// does, and a replaced one too.
func TestForkReachesProxies(t *testing.T) {
	o := newOutside(t)
	key, err := o.keyOf(o.connected(ofProxy("outside")), "key-1")
	o.done("CreateKey", err)
	var fork *sim.World
	o.server.View(func(w *sim.World) { fork, err = w.Fork() })
	o.done("Fork", err)
	o.done("Replace", o.server.Replace(fork))
	o.done("Encrypt", second(o.c.Encrypt(o.ctx, &kms.EncryptInput{KeyId: key.KeyMetadata.Arn, Plaintext: []byte("p")})))
}

// TestClusters: MRK-STORE-05, MRK-STORE-06.
func TestClusters(t *testing.T) {
	l := newLab(t, "us-east-1")
	c := l.at("us-east-1")
	put := func(cl sim.Cluster) {
		l.done("put", l.server.Change(func(w *sim.World) error { return w.PutCluster("us-east-1", cl) }))
	}
	put(sim.Cluster{ID: clusterOne, Certificate: "anchor", Password: "kmsPswd7", HSMs: 2})
	create := func(name, cluster string, change ...func(*kms.CreateCustomKeyStoreInput)) (*kms.CreateCustomKeyStoreOutput, error) {
		in := ofCluster(name, cluster)
		for _, f := range change {
			f(in)
		}
		return c.CreateCustomKeyStore(l.ctx, in)
	}
	_, err := create("a", "cluster-7777777aaaa")
	l.refused("unknown cluster", err, "CloudHsmClusterNotFoundException", "")
	put(sim.Cluster{ID: clusterTwo})
	_, err = create("a", clusterTwo)
	l.refused("inactive cluster", err, "CloudHsmClusterNotActiveException", "")
	put(sim.Cluster{ID: clusterTwo, HSMs: 1, Certificate: "anchor"})
	_, err = create("a", clusterTwo)
	l.refused("one HSM", err, "CloudHsmClusterInvalidConfigurationException", "")
	_, err = create("a", clusterOne, func(in *kms.CreateCustomKeyStoreInput) { in.TrustAnchorCertificate = aws.String("other") })
	l.refused("other anchor", err, "IncorrectTrustAnchorException", "")
	s, err := create("a", clusterOne, func(in *kms.CreateCustomKeyStoreInput) { in.KeyStorePassword = aws.String("wrongPswd") })
	l.done("create", err)
	_, err = create("b", clusterOne)
	l.refused("cluster of another store", err, "CloudHsmClusterInUseException", "")
	_, err = create("a", clusterTwo)
	l.refused("name of another store", err, "CustomKeyStoreNameInUseException", "")

	id := s.CustomKeyStoreId
	l.done("connect", second(c.ConnectCustomKeyStore(l.ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: id})))
	l.pass(20 * time.Minute)
	if e := l.entry(c, id); e.ConnectionState != types.ConnectionStateTypeFailed || e.ConnectionErrorCode != types.ConnectionErrorCodeTypeInvalidCredentials {
		t.Errorf("%+v", e)
	}
	update := func(change func(*kms.UpdateCustomKeyStoreInput)) error {
		in := &kms.UpdateCustomKeyStoreInput{CustomKeyStoreId: id}
		change(in)
		return second(c.UpdateCustomKeyStore(l.ctx, in))
	}
	password := func(in *kms.UpdateCustomKeyStoreInput) { in.KeyStorePassword = aws.String("kmsPswd7") }
	l.refused("update a failed store", update(password), "CustomKeyStoreInvalidStateException", "")
	l.done("disconnect", second(c.DisconnectCustomKeyStore(l.ctx, &kms.DisconnectCustomKeyStoreInput{CustomKeyStoreId: id})))
	l.pass(time.Minute)
	l.done("update", update(password))
	put(sim.Cluster{ID: clusterTwo, HSMs: 2, Certificate: "other"})
	toTwo := func(in *kms.UpdateCustomKeyStoreInput) { in.CloudHsmClusterId = aws.String(clusterTwo) }
	l.refused("unrelated cluster", update(toTwo), "CloudHsmClusterNotRelatedException", "")
	put(sim.Cluster{ID: clusterTwo, HSMs: 2, Certificate: "anchor", Password: "kmsPswd7"})
	l.done("related cluster", update(toTwo))
	put(sim.Cluster{ID: clusterTwo, Certificate: "anchor"})
	l.refused("connect an inactive cluster", second(c.ConnectCustomKeyStore(l.ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: id})), "CloudHsmClusterNotActiveException", "")
	put(sim.Cluster{ID: clusterTwo, Certificate: "anchor", HSMs: 1})
	l.done("connect with one HSM", second(c.ConnectCustomKeyStore(l.ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: id})))
	l.pass(20 * time.Minute)
	_, err = c.CreateKey(l.ctx, &kms.CreateKeyInput{Origin: types.OriginTypeAwsCloudhsm, CustomKeyStoreId: id})
	l.refused("key with one HSM", err, "CloudHsmClusterInvalidConfigurationException", "")
	l.done("rename a connected store", update(func(in *kms.UpdateCustomKeyStoreInput) { in.NewCustomKeyStoreName = aws.String("renamed") }))
	if e := l.entry(c, id); *e.CustomKeyStoreName != "renamed" || *e.CloudHsmClusterId != clusterTwo {
		t.Errorf("%+v", e)
	}
	if err := l.world.PutCluster("nowhere", sim.Cluster{}); err == nil {
		t.Error("a cluster is put into no Region")
	}
}

// TestEndpointServices: MRK-XKS-07.
func TestEndpointServices(t *testing.T) {
	o := newOutside(t)
	const name = "com.amazonaws.vpce.us-east-1.vpce-svc-1"
	put := func(service string, usable bool) {
		o.done("put", o.server.Change(func(w *sim.World) error { return w.PutEndpointService("us-east-1", service, usable) }))
	}
	in := ofProxy("vpc")
	in.XksProxyConnectivity, in.XksProxyVpcEndpointServiceName = types.XksProxyConnectivityTypeVpcEndpointService, aws.String(name)
	put("com.amazonaws.vpce.us-east-1.vpce-svc-2", true)
	o.refused("unknown service", second(o.c.CreateCustomKeyStore(o.ctx, in)), "XksProxyVpcEndpointServiceNotFoundException", "")
	put(name, false)
	o.refused("unusable service", second(o.c.CreateCustomKeyStore(o.ctx, in)), "XksProxyVpcEndpointServiceInvalidConfigurationException", "")
	put(name, true)
	s, err := o.c.CreateCustomKeyStore(o.ctx, in)
	o.done("create", err)
	put(name, false)
	o.done("connect", second(o.c.ConnectCustomKeyStore(o.ctx, &kms.ConnectCustomKeyStoreInput{CustomKeyStoreId: s.CustomKeyStoreId})))
	o.pass(5 * time.Minute)
	if e := o.entry(o.c, s.CustomKeyStoreId); e.ConnectionErrorCode != types.ConnectionErrorCodeTypeXksVpcEndpointServiceInvalidConfiguration {
		t.Errorf("%s %s", e.ConnectionState, e.ConnectionErrorCode)
	}
	if err := o.world.PutEndpointService("nowhere", name, true); err == nil {
		t.Error("a service is put into no Region")
	}
}

// TestStoreParameters: what each type needs and what it may not have, names and
// addresses in use, and how many stores there may be (MRK-STORE-05, MRK-STORE-07).
func TestStoreParameters(t *testing.T) {
	o := newOutside(t)
	create := func(in *kms.CreateCustomKeyStoreInput) error { return second(o.c.CreateCustomKeyStore(o.ctx, in)) }
	null := func(name string) string {
		return "1 validation error detected: Value null at '" + name + "' failed to satisfy constraint: Member must not be null"
	}
	in := ofCluster("a", clusterOne)
	in.KeyStorePassword = nil
	o.refused("no password", create(in), "ValidationException", null("keyStorePassword"))
	in = ofProxy("a")
	in.XksProxyUriPath = nil
	o.refused("no path", create(in), "ValidationException", null("xksProxyUriPath"))
	in = ofProxy("a")
	in.CloudHsmClusterId = aws.String(clusterOne)
	o.refused("both", create(in), "ValidationException", "cloudHsmClusterId is not valid for a custom key store of type EXTERNAL_KEY_STORE.")
	in = ofProxy("a")
	in.XksProxyVpcEndpointServiceName = aws.String("com.amazonaws.vpce.us-east-1.vpce-svc-1")
	o.refused("service at a public endpoint", create(in), "ValidationException", "XksProxyVpcEndpointServiceName can only be specified with XksProxyConnectivity VPC_ENDPOINT_SERVICE.")
	vpc := func(name, endpoint, service string) *kms.CreateCustomKeyStoreInput {
		in := ofProxy(name)
		in.XksProxyConnectivity = types.XksProxyConnectivityTypeVpcEndpointService
		in.XksProxyUriEndpoint = &endpoint
		if service != "" {
			in.XksProxyVpcEndpointServiceName = &service
		}
		return in
	}
	o.refused("no service", create(vpc("a", "https://other.example.com", "")), "ValidationException", null("xksProxyVpcEndpointServiceName"))
	o.asked = nil
	o.done("in a VPC", create(vpc("vpc", "https://other.example.com", "com.amazonaws.vpce.us-east-1.vpce-svc-1")))
	if len(o.asked) != 0 {
		t.Errorf("the proxy was asked for %v", o.asked)
	}
	o.done("public", create(ofProxy("public")))
	if len(o.asked) != 1 || o.asked[0] != "/health" {
		t.Errorf("the proxy was asked for %v", o.asked)
	}
	o.refused("same name", create(vpc("public", "https://third.example.com", "com.amazonaws.vpce.us-east-1.vpce-svc-3")), "CustomKeyStoreNameInUseException", "")
	o.refused("same address", create(ofProxy("b")), "XksProxyUriInUseException", "")
	o.refused("same endpoint, other connectivity", create(vpc("b", "https://xks.example.com", "com.amazonaws.vpce.us-east-1.vpce-svc-2")), "XksProxyUriEndpointInUseException", "")
	o.refused("same service", create(vpc("b", "https://third.example.com", "com.amazonaws.vpce.us-east-1.vpce-svc-1")), "XksProxyVpcEndpointServiceInUseException", "")
	for i := range 8 {
		o.done("more", create(vpc(fmt.Sprint("n", i), fmt.Sprintf("https://n%d.example.com", i), fmt.Sprintf("com.amazonaws.vpce.us-east-1.vpce-svc-n%d", i))))
	}
	o.refused("the eleventh", create(vpc("last", "https://last.example.com", "com.amazonaws.vpce.us-east-1.vpce-svc-last")), "LimitExceededException", "")

	page, err := o.c.DescribeCustomKeyStores(o.ctx, &kms.DescribeCustomKeyStoresInput{Limit: aws.Int32(7)})
	o.done("describe", err)
	rest, err := o.c.DescribeCustomKeyStores(o.ctx, &kms.DescribeCustomKeyStoresInput{Marker: page.NextMarker})
	o.done("describe", err)
	if len(page.CustomKeyStores) != 7 || !page.Truncated || len(rest.CustomKeyStores) != 3 || rest.Truncated {
		t.Errorf("%d and %d stores", len(page.CustomKeyStores), len(rest.CustomKeyStores))
	}
	named, err := o.c.DescribeCustomKeyStores(o.ctx, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreName: aws.String("public")})
	o.done("describe", err)
	x := named.CustomKeyStores[0].XksProxyConfiguration
	if *x.AccessKeyId != proxyAccess || *x.UriEndpoint != "https://xks.example.com" || *x.UriPath != proxyPath || x.VpcEndpointServiceName != nil {
		t.Errorf("%+v", x)
	}
	_, err = o.c.DescribeCustomKeyStores(o.ctx, &kms.DescribeCustomKeyStoresInput{CustomKeyStoreName: aws.String("none")})
	o.refused("no such store", err, "CustomKeyStoreNotFoundException", "")
	_, err = o.c.CreateKey(o.ctx, &kms.CreateKeyInput{XksKeyId: aws.String("key-1")})
	o.refused("external key without a store", err, "ValidationException", "XksKeyId can only be specified with Origin EXTERNAL_KEY_STORE.")
}
