package wire_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/mrkctl/mrkctl/pkg/clock"
	"github.com/mrkctl/mrkctl/pkg/wire"
)

// script answers one request after another, and the last one for ever.
type script struct {
	answers []constant
	bodies  []string
}

func (s *script) Do(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	s.bodies = append(s.bodies, string(body))
	a := s.answers[min(len(s.bodies), len(s.answers))-1]
	return a.Do(req)
}

func TestRetry(t *testing.T) {
	throttled := constant{status: 400, body: `{"__type":"ThrottlingException"}`}
	broken := constant{status: 500, body: `{"__type":"KMSInternalException"}`}
	refused := constant{status: 400, body: `{"__type":"NotFoundException"}`}
	fine := constant{status: 200, body: `{}`}
	read := func(c *kms.Client) error {
		_, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("k")})
		return err
	}
	change := func(c *kms.Client) error {
		_, err := c.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: aws.String("k")})
		return err
	}
	for _, c := range []struct {
		name    string
		answers []constant
		call    func(*kms.Client) error
		sent    int
		code    string
		waited  time.Duration
	}{
		{"throttled, then fine", []constant{throttled, throttled, fine}, read, 3, "", 300 * time.Millisecond},
		{"a throttled change was not made", []constant{throttled, fine}, change, 2, "", 100 * time.Millisecond},
		{"a read is repeated after a server error", []constant{broken, fine}, read, 2, "", 100 * time.Millisecond},
		{"a change is not", []constant{broken, fine}, change, 1, "KMSInternalException", 0},
		{"a refusal is final", []constant{refused}, read, 1, "NotFoundException", 0},
		{"it gives up", []constant{throttled}, read, 4, "ThrottlingException", 700 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := clock.NewVirtual(time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC))
			start, s := v.Now(), &script{answers: c.answers}
			err := c.call(client(wire.Retry(s, v, 4)))
			if got := wire.Classify(err).Code; got != c.code || len(s.bodies) != c.sent || v.Now().Sub(start) != c.waited {
				t.Errorf("code %q, sent %d times, waited %s; want %q, %d, %s", got, len(s.bodies), v.Now().Sub(start), c.code, c.sent, c.waited)
			}
			for _, b := range s.bodies {
				if !strings.Contains(b, `"KeyId":"k"`) {
					t.Errorf("an attempt was sent with body %q", b)
				}
			}
		})
	}
}
