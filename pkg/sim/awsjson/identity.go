package awsjson

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// STS speaks AWS's older protocol: a form in, XML out.

const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"

type identityAnswer struct {
	XMLName   xml.Name `xml:"GetCallerIdentityResponse"`
	Namespace string   `xml:"xmlns,attr"`
	ARN       string   `xml:"GetCallerIdentityResult>Arn"`
	UserID    string   `xml:"GetCallerIdentityResult>UserId"`
	Account   string   `xml:"GetCallerIdentityResult>Account"`
	RequestID string   `xml:"ResponseMetadata>RequestId"`
}

type xmlFailure struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Namespace string   `xml:"xmlns,attr"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

func isForm(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
}

// identity answers GetCallerIdentity, which everybody is allowed.
func (h *handler) identity(w http.ResponseWriter, body []byte, c sim.Call) {
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Get("Action") != "GetCallerIdentity" {
		h.failXML(w, stsNamespace, c.RequestID, noAction(form))
		return
	}
	h.writeXML(w, http.StatusOK, identityAnswer{
		Namespace: stsNamespace,
		ARN:       c.Principal.ARN, UserID: c.Principal.ID, Account: c.Principal.Account, RequestID: c.RequestID.String(),
	})
}

func (h *handler) failXML(w http.ResponseWriter, namespace string, id sim.RequestID, e *sim.Error) {
	h.writeXML(w, e.Status, xmlFailure{Namespace: namespace, Type: "Sender", Code: e.Code, Message: e.Message, RequestID: id.String()})
}

func (h *handler) writeXML(w http.ResponseWriter, status int, v any) {
	out, err := xml.Marshal(v)
	if err != nil {
		http.Error(w, "the answer can't be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_, _ = w.Write(out)
}
