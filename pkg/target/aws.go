package target

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// EveryAccountsRegions are the Regions of partition aws that an account has
// without opting in (AWS account guide, "Enable or disable AWS Regions").
func EveryAccountsRegions() []string {
	return []string{
		"us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1",
		"eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3",
		"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
	}
}

// account is a session with AWS. Its configuration is read when the first
// client is used, and by then once.
type account struct {
	o      Options
	faults *wire.Injector
	load   func(ctx context.Context, optFns ...func(*config.LoadOptions) error) (aws.Config, error)

	config func() (aws.Config, error)

	mu       sync.Mutex // guards identity
	identity *Origin

	mfa refusedCode
}

// openAWS prepares a session with AWS. Nothing is read yet.
func openAWS(ctx context.Context, o Options) (*Target, error) {
	c := clock.NewReal(1)
	a := &account{o: o, faults: wire.NewInjector(c, o.Seed), load: config.LoadDefaultConfig}
	ctx = context.WithoutCancel(ctx)
	a.config = sync.OnceValues(func() (aws.Config, error) { return a.read(ctx) })
	regions := o.Regions
	if len(regions) == 0 {
		regions = EveryAccountsRegions()
	}
	return &Target{
		kind: AWS, clock: c, lab: &clientLab{faults: a.faults, trail: a.trail},
		regions: preferred(o.Region, regions),
		build:   func(_, to, _ string) kms.Options { return a.options(to) },
		origin:  a.origin,
	}, nil
}

// read loads the SDK's configuration: environment, profiles, SSO, assumed
// roles, web identity, container and instance credentials.
func (a *account) read(ctx context.Context) (aws.Config, error) {
	opts := []func(*config.LoadOptions) error{
		config.WithRetryer(func() aws.Retryer { return pinnedRetryer() }),
	}
	if a.o.Profile != "" {
		opts = append(opts, config.WithSharedConfigProfile(a.o.Profile))
	}
	if a.o.Region != "" {
		opts = append(opts, config.WithRegion(a.o.Region))
	}
	opts = append(opts, config.WithAssumeRoleCredentialOptions(func(r *stscreds.AssumeRoleOptions) {
		serial := aws.ToString(r.SerialNumber)
		r.TokenProvider = func() (string, error) {
			if a.o.MFA == nil {
				return "", fmt.Errorf("the role needs a code of the MFA device %s, and there is no terminal to ask on; take a session first, for example with `aws sts assume-role`", serial)
			}
			if err := a.mfa.before(); err != nil {
				return "", err
			}
			return a.o.MFA(ctx, serial)
		}
	}))
	cfg, err := a.load(ctx, opts...)
	if err != nil {
		return aws.Config{}, a.noCredentials(err)
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	cfg.Credentials = aws.NewCredentialsCache(explained{cfg.Credentials, a})
	return cfg, nil
}

// options are those of the client for one Region's endpoint.
func (a *account) options(to string) kms.Options {
	cfg, err := a.config()
	if err != nil {
		return kms.Options{Region: to, Credentials: aws.AnonymousCredentials{}, HTTPClient: failing{err}, Retryer: aws.NopRetryer{}}
	}
	var built kms.Options
	kms.NewFromConfig(cfg, func(o *kms.Options) {
		o.Region = to
		o.Retryer = aws.NopRetryer{}
		if a.o.Retry {
			o.Retryer = pinnedRetryer()
		}
		if a.o.EndpointURL != "" {
			o.BaseEndpoint = aws.String(strings.ReplaceAll(a.o.EndpointURL, "{region}", to))
		}
		o.HTTPClient = manyConnections(o.HTTPClient)
		o.HTTPClient = wire.Guard(a.faults.Inject(o.HTTPClient, to), to, a.armed)
		built = o.Copy()
	})
	return built
}

// manyConnections lets a client keep as many connections to an endpoint as the
// listing of a large account uses at once.
func manyConnections(c kms.HTTPClient) kms.HTTPClient {
	if c == nil {
		c = awshttp.NewBuildableClient()
	}
	if b, ok := c.(*awshttp.BuildableClient); ok {
		return b.WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = 256 })
	}
	return c
}

// armed lets a change pass only in an account that may be changed.
func (a *account) armed(string, string) error {
	if a.o.ReadOnly {
		return ErrReadOnly
	}
	if len(a.o.Accounts) == 0 {
		return nil
	}
	origin, err := a.origin(context.Background())
	if err != nil {
		return fmt.Errorf("which account this is could not be found out, and only %s may be changed: %w", strings.Join(a.o.Accounts, ", "), err)
	}
	if !slices.Contains(a.o.Accounts, origin.Account) {
		return fmt.Errorf("account %s is not on the list of accounts that may be changed (accounts: %s)", origin.Account, strings.Join(a.o.Accounts, ", "))
	}
	return nil
}

// origin asks STS who we are.
func (a *account) origin(ctx context.Context) (Origin, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.identity != nil {
		return *a.identity, nil
	}
	cfg, err := a.config()
	if err != nil {
		return Origin{}, err
	}
	who, err := sts.NewFromConfig(cfg, func(o *sts.Options) {
		if a.o.EndpointURL != "" {
			o.BaseEndpoint = aws.String(strings.ReplaceAll(a.o.EndpointURL, "{region}", cfg.Region))
		}
	}).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if known := (*CredentialsError)(nil); errors.As(err, &known) {
		return Origin{}, known
	}
	if answer := wire.Classify(err); answer.Code == wire.Unreachable {
		return Origin{}, fmt.Errorf("who we are could not be asked: STS in %s does not answer (%s): %s", cfg.Region, answer.Look, answer.Message)
	}
	if err != nil {
		return Origin{}, a.noCredentials(err)
	}
	a.identity = &Origin{
		Kind: AWS, Detail: a.o.Profile, Account: aws.ToString(who.Account), Caller: aws.ToString(who.Arn), Endpoint: a.endpoint(cfg),
	}
	// Another partition's IAM answers elsewhere, and a stand-in for AWS has none.
	if a.identity.Endpoint == "" && strings.HasPrefix(a.identity.Caller, "arn:aws:") {
		a.identity.Alias = accountAlias(ctx, cfg, iamEndpoint)
	}
	return *a.identity, nil
}

// endpoint is where the calls go instead of to AWS's own endpoints; empty when
// they go there. The environment and the AWS configuration may say so as well
// as we, and a stamp of origin that left it out would be a lie.
func (a *account) endpoint(cfg aws.Config) string {
	if a.o.EndpointURL != "" {
		return a.o.EndpointURL
	}
	return aws.ToString(kms.NewFromConfig(cfg).Options().BaseEndpoint)
}

// failing is the transport of a client that can't be built.
type failing struct{ err error }

func (f failing) Do(*http.Request) (*http.Response, error) { return nil, f.err }

// explained gives credentials, and says what is the matter when there are none:
// the SDK's own words bury it in layers.
type explained struct {
	aws.CredentialsProvider
	account *account
}

func (e explained) Retrieve(ctx context.Context) (aws.Credentials, error) {
	if e.CredentialsProvider == nil {
		return aws.Credentials{}, e.account.noCredentials(errors.New("none were found"))
	}
	c, err := e.CredentialsProvider.Retrieve(ctx)
	if err != nil && ctx.Err() == nil {
		err = e.account.noCredentials(err)
		e.account.mfa.failed(err)
	}
	return c, err
}

// refusedCode keeps the clients of many Regions from asking a person again, one
// after the other, for a code that was refused once.
type refusedCode struct {
	mu    sync.Mutex // guards what follows
	asked bool
	err   error
}

// before says why nobody is to be asked; nil when it is the first time, or when
// the last answer was good.
func (r *refusedCode) before() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = true
	return r.err
}

func (r *refusedCode) failed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked && r.err == nil {
		r.err = err
	}
}

// CredentialsError says that AWS does not know who we are.
type CredentialsError struct {
	Profile string // of the settings, else of the environment; empty for none
	err     error
}

// noCredentials is the error of a session whose credentials are of no use.
func (a *account) noCredentials(err error) *CredentialsError {
	profile := a.o.Profile
	if profile == "" {
		profile = a.o.DefaultProfile
	}
	return &CredentialsError{Profile: profile, err: err}
}

func (e *CredentialsError) Error() string {
	who := "no usable AWS credentials"
	if e.Profile != "" {
		who += " in profile " + e.Profile
	}
	a := wire.Classify(e.err)
	text := e.err.Error()
	if a.Message != "" {
		text = a.Message
	}
	return who + ": " + text
}

func (e *CredentialsError) Unwrap() error { return e.err }

// ExitCode is that of missing credentials.
func (e *CredentialsError) ExitCode() int { return 9 }

// Hint says what to do about it.
func (e *CredentialsError) Hint() string {
	profile := ""
	if e.Profile != "" {
		profile = " --profile " + e.Profile
	}
	var sso *ssocreds.InvalidTokenError
	text := e.err.Error()
	switch {
	case strings.Contains(text, "MFA"):
		return "run the command on a terminal, so that it can ask for the code"
	case errors.As(e.err, &sso), strings.Contains(text, "SSO"):
		return "aws sso login" + profile
	default:
		return "aws sts get-caller-identity" + profile + " shows whether the AWS CLI has the same trouble"
	}
}
