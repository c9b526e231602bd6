package cmd

import (
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/report"
)

// Version describes this build.
type Version struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Built   string `json:"built,omitempty"` // time of the commit
	Go      string `json:"go"`
	System  string `json:"system"`
	SDK     string `json:"kms_sdk"`
}

func newVersionCmd(app *App) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version of this build",
		Example: `  mrkctl version
  mrkctl version -o json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runVersion(app) },
	}
}

func runVersion(app *App) error {
	v := buildVersion()
	return app.Show(report.Document{
		Kind:  "version",
		Rows:  [][]string{{v.Version}}, // no columns, no table: what --quiet shows
		Notes: []string{v.String()},
		Data:  v,
	})
}

// String is the version as one line, for bug reports.
func (v Version) String() string {
	text := "mrkctl " + v.Version
	if v.Commit != "" {
		text += " (commit " + v.Commit + ", " + v.Built + ")"
	}
	text += ", " + v.Go + " " + v.System
	if v.SDK != "" {
		text += ", KMS SDK " + v.SDK
	}
	return text
}

// buildVersion reads what the Go linker recorded. A release, "go install" and
// a build in a checkout all carry it, so no version is written down twice.
func buildVersion() Version {
	v := Version{Version: "devel", Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if main := strings.Trim(info.Main.Version, "()"); main != "" {
		v.Version = main
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.time":
			v.Built = s.Value
		}
	}
	for _, dep := range info.Deps {
		if dep.Path == "github.com/aws/aws-sdk-go-v2/service/kms" {
			v.SDK = dep.Version
		}
	}
	return v
}
