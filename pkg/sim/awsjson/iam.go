package awsjson

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"time"

	"github.com/mrkctl/mrkctl/pkg/sim"
)

// Of IAM, which speaks the same older protocol as STS, what concerns the
// service-linked role of multi-Region keys is served.

const iamNamespace = "https://iam.amazonaws.com/doc/2010-05-08/"

// iamAnswer is the frame of an answer: its root and its result are named after
// the operation.
type iamAnswer struct {
	operation string
	result    any
	request   sim.RequestID
}

// MarshalXML writes the frame and what is in it.
func (a iamAnswer) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	root := xml.StartElement{Name: xml.Name{Local: a.operation + "Response"}, Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: iamNamespace}}}
	meta := struct {
		RequestID string `xml:"RequestId"`
	}{a.request.String()}
	for _, write := range []func() error{
		func() error { return e.EncodeToken(root) },
		func() error {
			return e.EncodeElement(a.result, xml.StartElement{Name: xml.Name{Local: a.operation + "Result"}})
		},
		func() error {
			return e.EncodeElement(meta, xml.StartElement{Name: xml.Name{Local: "ResponseMetadata"}})
		},
		func() error { return e.EncodeToken(root.End()) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

type iamRole struct {
	Path, RoleName           string
	RoleID                   string `xml:"RoleId"`
	Arn                      string
	CreateDate               string
	AssumeRolePolicyDocument string
	Description              string    `xml:",omitempty"`
	MaxSessionDuration       int       `xml:",omitempty"`
	RoleLastUsed             *struct{} `xml:",omitempty"`
}

// roleForm is a role as IAM spells it: the trust policy encoded as in an address.
func roleForm(r sim.ServiceRole) iamRole {
	return iamRole{
		Path: r.Path, RoleName: r.Name, RoleID: r.ID, Arn: r.ARN, CreateDate: r.Created.Format(time.RFC3339),
		AssumeRolePolicyDocument: url.QueryEscape(r.Trust),
	}
}

type iamRoleResult struct{ Role iamRole }

type iamPoliciesResult struct {
	IsTruncated      bool
	AttachedPolicies []struct{ PolicyName, PolicyArn string } `xml:"AttachedPolicies>member"`
}

type iamTaskResult struct {
	DeletionTaskID string `xml:"DeletionTaskId"`
}

type iamStatusResult struct {
	Status string
	Reason *iamReason `xml:",omitempty"`
}

type iamReason struct {
	Reason        string
	RoleUsageList []iamUsage `xml:"RoleUsageList>member"`
}

type iamUsage struct {
	Region    string
	Resources []string `xml:"Resources>member"`
}

// serviceRole answers a call to IAM.
func (h *handler) serviceRole(w http.ResponseWriter, body []byte, c sim.Call) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		form = url.Values{}
	}
	op := form.Get("Action")
	result, failed := h.server.serviceRole(op, form, &c)
	if failed != nil {
		h.failXML(w, iamNamespace, c.RequestID, failed)
		return
	}
	h.writeXML(w, http.StatusOK, iamAnswer{op, result, c.RequestID})
}

// serviceRole runs one operation of IAM.
func (s *Server) serviceRole(op string, form url.Values, c *sim.Call) (any, *sim.Error) {
	name := form.Get("RoleName")
	var result any
	var failed error
	switch op {
	case "GetRole":
		s.View(func(w *sim.World) {
			var r sim.ServiceRole
			r, failed = w.ServiceRole(c, name)
			role := roleForm(r)
			role.Description, role.MaxSessionDuration, role.RoleLastUsed = r.Description, int(r.MaxSession/time.Second), &struct{}{}
			result = iamRoleResult{role}
		})
	case "ListAttachedRolePolicies":
		s.View(func(w *sim.World) {
			var r sim.ServiceRole
			r, failed = w.ServiceRolePolicies(c, name)
			list := iamPoliciesResult{}
			list.AttachedPolicies = append(list.AttachedPolicies, struct{ PolicyName, PolicyArn string }{sim.ServiceRolePolicy, r.PolicyARN})
			result = list
		})
	case "GetServiceLinkedRoleDeletionStatus":
		s.View(func(w *sim.World) {
			var d sim.RoleDeletion
			d, failed = w.ServiceRoleDeletion(c, form.Get("DeletionTaskId"))
			result = statusForm(d)
		})
	case "CreateServiceLinkedRole":
		failed = s.Change(func(w *sim.World) error {
			r, err := w.CreateServiceRole(c, form.Get("AWSServiceName"))
			result = iamRoleResult{roleForm(r)}
			return err
		})
	case "DeleteServiceLinkedRole":
		failed = s.Change(func(w *sim.World) error {
			task, err := w.DeleteServiceRole(c, name)
			result = iamTaskResult{task}
			return err
		})
	default:
		return nil, noAction(form)
	}
	if failed != nil {
		return nil, asError(failed)
	}
	return result, nil
}

func statusForm(d sim.RoleDeletion) iamStatusResult {
	out := iamStatusResult{Status: d.Status}
	if d.Reason == "" {
		return out
	}
	out.Reason = &iamReason{Reason: d.Reason}
	for _, u := range d.Usage {
		out.Reason.RoleUsageList = append(out.Reason.RoleUsageList, iamUsage(u))
	}
	return out
}

// noAction is the answer to an operation that is not served.
func noAction(form url.Values) *sim.Error {
	return &sim.Error{
		Code: "InvalidAction", Status: http.StatusBadRequest,
		Message: "Could not find operation " + form.Get("Action") + " for version " + form.Get("Version"),
	}
}
