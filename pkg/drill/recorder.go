package drill

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/drill/history"
	"github.com/mrkctl/mrkctl/pkg/drill/journal"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// source says on whose behalf a call is made. It travels in the call's context
// down to the transport, where the call is written down.
type source struct {
	name    string // step, or "watch" for the drill's own reads
	journal bool   // announced in the journal before it is sent
	key     string // the runbook's name of the key set
}

type sourceKey struct{}

func withSource(ctx context.Context, s source) context.Context {
	return context.WithValue(ctx, sourceKey{}, s)
}

// recorder is a transport that writes every call of a step down before and
// after it is made. A probe's calls carry no source: the probe writes them
// down itself, since only it knows which ciphertext they were about.
type recorder struct {
	run      *run
	next     kms.HTTPClient
	from, to string
}

func (r *recorder) Do(req *http.Request) (*http.Response, error) {
	src, ok := req.Context().Value(sourceKey{}).(source)
	if !ok {
		return r.next.Do(req)
	}
	call := stepCall{source: src, op: wire.Operation(req), from: r.from, to: r.to, start: r.run.clock.Now()}
	if err := r.run.callStarting(&call); err != nil {
		return nil, err
	}
	resp, err := r.next.Do(req)
	call.took = r.run.clock.Now().Sub(call.start)
	call.answer = wire.ReadAnswer(req, resp, err)
	r.run.callEnded(call)
	return resp, err
}

// client returns the client of the drill itself for a Region's endpoint,
// calling from the given Region, with the recorder under it.
func (r *run) client(from, to string) *kms.Client {
	id := [2]string{from, to}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.clients[id]; ok {
		return c
	}
	c := kms.New(r.cloud.Client(from, to, "").Options(), func(o *kms.Options) {
		o.HTTPClient = &recorder{run: r, next: o.HTTPClient, from: from, to: to}
	})
	r.clients[id] = c
	return c
}

// stepCall is one call of a step or of a look, from before it is sent.
type stepCall struct {
	source
	id       int64
	op       string
	from, to string
	start    time.Time
	took     time.Duration
	answer   wire.Answer
}

// callStarting writes a call of a step down before it is sent. An error keeps
// it from being sent.
func (r *run) callStarting(c *stepCall) error {
	r.mu.Lock()
	r.callID++
	c.id = r.callID
	r.mu.Unlock()
	if !c.source.journal {
		return nil
	}
	tell := r.tell
	if strings.HasPrefix(c.name, undoPrefix) {
		tell = r.tellOfUndo
	}
	return tell(journal.CallStarted, c.name, journal.Call{ID: c.id, Op: c.op, From: c.from, To: c.to, Key: c.key})
}

// callEnded writes the answer down, in the history and for a step's call in
// the journal too.
func (r *run) callEnded(c stepCall) {
	rec := history.Record{Source: c.name, From: c.from, To: c.to, Op: c.op, Key: c.key, Due: c.start, Start: c.start, Took: c.took}
	rec.Outcome, rec.Code = outcomeOf(c.answer.Outcome), codeOf(c.answer)
	r.enter(rec, &used{})
	if !c.source.journal {
		return
	}
	_ = r.tell(journal.CallEnded, c.name, journal.Call{ // an error has stopped the drill
		ID: c.id, Op: c.op, From: c.from, To: c.to, Key: c.key, Outcome: string(c.answer.Outcome),
		Code: c.answer.Code, Message: c.answer.Message, RequestID: c.answer.RequestID, Took: c.took,
	})
}
