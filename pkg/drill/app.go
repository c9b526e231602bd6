package drill

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/ledger"
	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// app is an application that uses a key: who it is, where it sits and whom it
// calls. What it does is entered in the history and in the ledger.
type app struct {
	source   string // probe or step
	key      *keySet
	from, to string
	role     string
	keyID    string            // how it names the key
	context  map[string]string // encryption context; nil for the run's own
	hidden   map[string]string // what it seals with and does not write down, by sabotage; nil for the context
	within   time.Duration     // when it gives up; zero for never
}

// used is what became of one cryptographic call.
type used struct {
	outcome    history.Outcome
	code       string
	err        error
	ciphertext int64
	same       bool // whether what was opened is what had been sealed
}

func (r *run) appClient(a app) *kms.Client { return r.cloud.Client(a.from, a.to, a.role) }

// sealer makes the two calls of which a drill makes most.
type sealer struct {
	encrypt wire.PreparedCall[kms.EncryptInput, kms.EncryptOutput]
	decrypt wire.PreparedCall[kms.DecryptInput, kms.DecryptOutput]
}

func (r *run) sealer(a app) sealer {
	c := r.appClient(a)
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.sealers[c]
	if !ok {
		s = sealer{wire.Prepare(c.Encrypt), wire.Prepare(c.Decrypt)}
		r.sealers[c] = s
	}
	return s
}

// bound is the encryption context of the drill's ciphertexts: it says whose
// they are, and proves that members agree on it.
func (r *run) bound(a app) map[string]string {
	if a.context != nil {
		return a.context
	}
	return r.ownContext
}

// plaintext draws something to seal from the seed.
func (r *run) plaintext() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := make([]byte, 32)
	for i := 0; i < len(p); i += 8 {
		n := r.random.Uint64()
		for j := range 8 {
			p[i+j] = byte(n >> (8 * j))
		}
	}
	return p
}

func (r *run) draw() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.random.Uint64()
}

// seal encrypts something new.
func (r *run) seal(ctx context.Context, a app, due time.Time) used {
	plain := r.plaintext()
	rec := r.record(a, "Encrypt", due)
	rec.Plain = ledger.Plain(plain)
	with := r.bound(a)
	if a.hidden != nil {
		with = a.hidden
	}
	ctx, cancel := r.patience(ctx, a)
	out, err := r.sealer(a).encrypt(ctx, &kms.EncryptInput{KeyId: aws.String(a.keyID), Plaintext: plain, EncryptionContext: with})
	cancel()
	u := r.settle(&rec, err)
	if err == nil {
		rec.Material = mrk.MaterialOf(out.CiphertextBlob)
		rec.Ciphertext, u.err = r.ledger.Add(ledger.Made{
			Key: a.key.Name, Region: a.to, At: rec.Start, Material: rec.Material, Context: r.bound(a), Plain: rec.Plain, Blob: out.CiphertextBlob,
		})
		u.ciphertext = rec.Ciphertext
	}
	r.enter(rec, &u)
	return u
}

// open decrypts a ciphertext of the ledger and compares.
func (r *run) open(ctx context.Context, a app, c ledger.Ciphertext, due time.Time) used {
	rec := r.record(a, "Decrypt", due)
	rec.Ciphertext = c.N
	ctx, cancel := r.patience(ctx, a)
	in := &kms.DecryptInput{CiphertextBlob: c.Blob, EncryptionContext: c.Context}
	if a.context != nil {
		in.EncryptionContext = a.context
	}
	if a.keyID != "" {
		in.KeyId = aws.String(a.keyID)
	}
	out, err := r.sealer(a).decrypt(ctx, in)
	cancel()
	u := r.settle(&rec, err)
	u.ciphertext = c.N
	if err != nil {
		r.ledger.Refused(c.N, a.to, rec.Code)
	} else {
		rec.Material, rec.Plain = aws.ToString(out.KeyMaterialId), ledger.Plain(out.Plaintext)
		u.same = r.ledger.Read(c.N, a.to, rec.Plain)
		clear(out.Plaintext)
	}
	r.enter(rec, &u)
	return u
}

// plainCall makes a call that is about no ciphertext.
func (r *run) plainCall(ctx context.Context, a app, op string, due time.Time, call func(context.Context, *kms.Client) error) used {
	rec := r.record(a, op, due)
	ctx, cancel := r.patience(ctx, a)
	err := call(ctx, r.appClient(a))
	cancel()
	u := r.settle(&rec, err)
	r.enter(rec, &u)
	return u
}

func (r *run) patience(ctx context.Context, a app) (context.Context, context.CancelFunc) {
	if a.within <= 0 {
		return ctx, func() {}
	}
	return r.clock.WithTimeout(ctx, a.within)
}

func (r *run) record(a app, op string, due time.Time) history.Record {
	return history.Record{Source: a.source, From: a.from, To: a.to, Op: op, Key: a.key.Name, Due: due, Start: r.clock.Now()}
}

// settle closes a record with the answer.
func (r *run) settle(rec *history.Record, err error) used {
	rec.Took = r.clock.Now().Sub(rec.Start)
	if err == nil {
		return used{}
	}
	a := wire.Classify(err)
	rec.Outcome, rec.Code = outcomeOf(a.Outcome), codeOf(a)
	return used{outcome: rec.Outcome, code: rec.Code, err: err}
}

// enter writes a record down.
func (r *run) enter(rec history.Record, u *used) {
	_, err := r.history.Append(rec)
	r.mu.Lock()
	r.calls[rec.Op]++
	r.mu.Unlock()
	if err == nil && rec.Outcome == history.OK {
		err = u.err // the ledger's
	}
	if err != nil {
		r.broken(err)
	}
}

func outcomeOf(o wire.Outcome) history.Outcome {
	switch o {
	case wire.OK:
		return history.OK
	case wire.Unclear:
		return history.Unknown
	case wire.Failed:
	}
	return history.Failed
}

// codeOf is the code under which an answer is counted: for a Region that gave
// none, how it looked.
func codeOf(a wire.Answer) string {
	if a.Look != "" {
		return a.Look
	}
	return a.Code
}
