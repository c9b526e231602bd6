// An empty cobra program: what the start of mrkctl is measured against.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	root := &cobra.Command{Use: "empty"}
	root.AddCommand(&cobra.Command{
		Use:  "version",
		RunE: func(*cobra.Command, []string) error { _, err := fmt.Println("empty"); return err },
	})
	if root.Execute() != nil {
		os.Exit(1)
	}
}
