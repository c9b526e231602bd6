package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Outcome is what became of a call.
type Outcome string

// The outcomes. A change whose answer never came may have taken effect, so it
// is neither a success nor a failure.
const (
	OK      Outcome = "ok"
	Failed  Outcome = "failed"
	Unclear Outcome = "unknown"
)

// Unreachable is the code of a call that got no answer from the service: it
// timed out, was refused, found no such host, or met a server error that
// carries no error of AWS's.
const Unreachable = "region-unreachable"

// Canceled is the code of a call that its caller gave up.
const Canceled = "canceled"

// NotSent is the code of a call that never left this process: no credentials,
// or a guard refused it.
const NotSent = "not-sent"

// Answer is what came back for one call.
type Answer struct {
	Outcome   Outcome
	Status    int    // HTTP status; 0 when no reply came
	Code      string // AWS's error code, or one of the words above; empty when OK
	Look      string // how an unreachable Region looked: timeout, refused, dns, 503 or reset
	Message   string // AWS's text, or the network's
	RequestID string
}

// maxErrorBody bounds what is read of a reply that reports an error; AWS's are
// a few hundred bytes.
const maxErrorBody = 64 << 10

// ReadAnswer reads what a transport returned for a request. The body of an
// error is read and put back, so that the SDK can read it again.
func ReadAnswer(req *http.Request, resp *http.Response, err error) Answer {
	op := Operation(req)
	if err != nil {
		return fromNetwork(op, err)
	}
	a := Answer{Outcome: OK, Status: resp.StatusCode, RequestID: resp.Header.Get("X-Amzn-Requestid")}
	if resp.StatusCode < 400 {
		return a
	}
	body, readErr := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	_ = resp.Body.Close() // it was read; what matters is in body
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if readErr != nil {
		return fromNetwork(op, readErr)
	}
	var e struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &e) == nil {
		a.Code, a.Message = shapeName(e.Type), e.Message // matches "Message" too: JSON keys fold case here
	}
	if a.Code == "" {
		a.Code = shapeName(resp.Header.Get("X-Amzn-Errortype"))
	}
	return settle(a, op)
}

// Classify says what an error of a KMS client means. A nil error is a success.
func Classify(err error) Answer {
	if err == nil {
		return Answer{Outcome: OK}
	}
	a := Answer{}
	var op string
	if o := (*smithy.OperationError)(nil); errors.As(err, &o) {
		op = o.OperationName
	}
	if r := (*smithyhttp.ResponseError)(nil); errors.As(err, &r) && r.Response != nil {
		a.Status = r.HTTPStatusCode()
		a.RequestID = r.Response.Header.Get("X-Amzn-Requestid")
	}
	if api := smithy.APIError(nil); errors.As(err, &api) {
		a.Code, a.Message = shapeName(api.ErrorCode()), api.ErrorMessage()
		if a.Code == "UnknownError" {
			a.Code = ""
		}
		return settle(a, op)
	}
	if a.Status != 0 {
		return settle(a, op)
	}
	return fromNetwork(op, err)
}

// settle fills in what a reply without an error code of AWS's means.
func settle(a Answer, op string) Answer {
	a.Outcome = Failed
	if a.Status < 500 {
		return a
	}
	if a.Code == "" || a.Code == "ServiceUnavailable" || a.Code == "ServiceUnavailableException" {
		a.Code, a.Look = Unreachable, "503"
		if a.Message == "" {
			a.Message = "HTTP " + http.StatusText(a.Status)
		}
	}
	if Changes(op) {
		a.Outcome = Unclear
	}
	return a
}

// fromNetwork says what an error means that no reply came with. Only what was
// certainly not sent has certainly not happened.
func fromNetwork(op string, err error) Answer {
	a := Answer{Outcome: Failed, Code: Unreachable, Message: plain(err)}
	var (
		dns     *net.DNSError
		netErr  net.Error
		invalid *smithy.InvalidParamsError
		guarded *ForbiddenError
	)
	switch {
	case errors.As(err, &guarded):
		a.Code = NotSent
		return a
	case errors.As(err, &invalid):
		a.Code = "ValidationException" // the SDK found it before sending
		return a
	case errors.As(err, &dns):
		a.Look = "dns"
		return a
	case errors.Is(err, syscall.ECONNREFUSED):
		a.Look = "refused"
		return a
	case errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		a.Code = Canceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		a.Look = "timeout"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		a.Look = "reset"
	default:
		if notSent(err) {
			a.Code = NotSent
			return a
		}
	}
	if Changes(op) {
		a.Outcome = Unclear
	}
	return a
}

// notSent tells whether an error arose on this side of the network: no
// credentials, a request that could not be built, a guard.
func notSent(err error) bool {
	var (
		send  *smithyhttp.RequestSendError
		noNet net.Error
	)
	return !errors.As(err, &send) && !errors.As(err, &noNet)
}

// plain is the innermost useful text of an error, without the layers of
// "operation error KMS: …, https response error …" that the SDK wraps it in.
func plain(err error) string {
	var ours interface {
		error
		ExitCode() int
	}
	if errors.As(err, &ours) {
		return ours.Error() // it has been put into words already
	}
	for {
		switch err.(type) { //nolint:errorlint // each turn of the loop looks at one layer
		case *net.OpError, *net.DNSError:
			return err.Error()
		}
		var (
			op   *smithy.OperationError
			send *smithyhttp.RequestSendError
			canc *aws.RequestCanceledError
			serv *smithyhttp.ResponseError
		)
		switch {
		case errors.As(err, &serv) && serv.Err != nil:
			err = serv.Err
		case errors.As(err, &send) && send.Err != nil:
			err = send.Err
		case errors.As(err, &canc) && canc.Err != nil:
			err = canc.Err
		case errors.As(err, &op) && op.Err != nil:
			err = op.Err
		default:
			return err.Error()
		}
	}
}

// shapeName takes the bare name of an error out of the forms it has on the
// wire: "com.amazonaws.kms#NotFoundException", "NotFoundException:http://…".
func shapeName(s string) string {
	s, _, _ = strings.Cut(s, ":")
	if _, name, ok := strings.Cut(s, "#"); ok {
		return name
	}
	return s
}
