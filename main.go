// Command mrkctl operates AWS KMS multi-Region keys and rehearses the day a
// Region goes away, on AWS or on a multi-Region cloud simulated in the program.
package main

import (
	"os"

	"github.com/mrkctl/mrkctl/cmd"
)

func main() { os.Exit(cmd.Main(cmd.OSProcess())) }
