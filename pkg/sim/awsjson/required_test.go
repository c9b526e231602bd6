package awsjson

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"regexp"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"
)

var errNotSent = errors.New("not sent")

type unsent struct{}

func (unsent) Do(*http.Request) (*http.Response, error) { return nil, errNotSent }

var missingMember = regexp.MustCompile(`missing required field, \w+Input\.(\w+)`)

// clientSideRequired calls an operation of the SDK's client with an empty
// input and returns the members it says are missing.
func clientSideRequired(t *testing.T, name string, input reflect.Type) []string {
	t.Helper()
	client := kms.New(kms.Options{
		Region: "us-east-1", HTTPClient: unsent{},
		Credentials: aws.AnonymousCredentials{}, Retryer: aws.NopRetryer{},
	})
	results := reflect.ValueOf(client).MethodByName(name).Call([]reflect.Value{
		reflect.ValueOf(context.Background()), reflect.New(input.Elem()),
	})
	err, _ := results[1].Interface().(error)
	var invalid smithy.InvalidParamsError
	if !errors.As(err, &invalid) {
		if !errors.Is(err, errNotSent) {
			t.Fatalf("%s: %v", name, err)
		}
		return nil
	}
	var members []string
	for _, m := range missingMember.FindAllStringSubmatch(invalid.Error(), -1) {
		members = append(members, m[1])
	}
	return members
}
