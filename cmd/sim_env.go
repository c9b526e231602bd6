package cmd

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/report"
	"github.com/mrkctl/mrkctl/pkg/sim/awsjson"
)

type simEnvOptions struct {
	url   string
	shell string
}

func newSimEnvCmd(app *App) *cobra.Command {
	o := simEnvOptions{}
	c := &cobra.Command{
		Use:   "env",
		Short: "Print the variables that point an AWS client at a served world",
		Long: `Print the variables that point an AWS client at a world that "mrkctl sim serve"
serves. Some clients ignore AWS_ENDPOINT_URL_KMS and have to be told the address
on their own command line, the AWS CLI of some distributions among them.`,
		Example: `  eval "$(mrkctl sim env)"
  mrkctl sim env --shell fish | source`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runSimEnv(app, o) },
	}
	c.Flags().StringVar(&o.url, "url", "http://"+defaultListen, "address of the served world")
	c.Flags().StringVar(&o.shell, "shell", "sh", "syntax: sh, fish or powershell")
	complete(c, "shell", "sh", "fish", "powershell")
	return c
}

// variable is one variable of a client's environment.
type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func simVariables(url, region string) []variable {
	if region == "" {
		region = "us-east-1"
	}
	return []variable{
		{"AWS_ENDPOINT_URL_KMS", url},
		{"AWS_ENDPOINT_URL_STS", url},
		{"AWS_ENDPOINT_URL_CLOUDTRAIL", url},
		{"AWS_ENDPOINT_URL_IAM", url},
		{"AWS_ACCESS_KEY_ID", awsjson.DefaultAccessKey},
		{"AWS_SECRET_ACCESS_KEY", awsjson.DefaultSecret},
		{"AWS_REGION", region},
		{"AWS_DEFAULT_REGION", region},
		{"AWS_EC2_METADATA_DISABLED", "true"},
	}
}

func runSimEnv(app *App, o simEnvOptions) error {
	forms := map[string][3]string{
		"sh": {"export ", "=", ""}, "fish": {"set -gx ", " ", ""}, "powershell": {"$env:", " = \"", "\""},
	}
	form, ok := forms[o.shell]
	if !ok {
		return usageErrorf("--shell %s: use sh, fish or powershell", o.shell)
	}
	if strings.ContainsAny(o.url, " \"'$`;&|<>\\\n") || !strings.HasPrefix(o.url, "http") {
		return usageErrorf("--url %s is not the address of a server", o.url)
	}
	variables := simVariables(strings.TrimSuffix(o.url, "/"), app.Config.Region)
	if app.Config.Output != "table" {
		doc := report.Document{Kind: "sim-env", Columns: report.Columns("NAME", "VALUE"), Data: variables}
		for _, v := range variables {
			doc.Rows = append(doc.Rows, []string{v.Name, v.Value})
		}
		return app.Show(doc)
	}
	var b strings.Builder
	for _, v := range variables {
		b.WriteString(form[0] + v.Name + form[1] + v.Value + form[2] + "\n")
	}
	return app.print(b.String())
}
