package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/mrkctl/mrkctl/pkg/mrk"
	"github.com/mrkctl/mrkctl/pkg/target"
)

// KeyImportOptions are the options of "key import".
type KeyImportOptions struct {
	changeOptions
	mrk.Importing
	Key      string
	File     string
	ValidFor time.Duration
}

func newKeyImportCmd(app *App) *cobra.Command {
	var o KeyImportOptions
	c := &cobra.Command{
		Use:   "import KEY",
		Short: "Import key material into every member",
		Long: `Import key material into every member that lacks it, of a key that was made with
--origin EXTERNAL: the primary first, then each replica. Each copy is wrapped
under a key of its Region, so it never travels in the clear, and KMS has to call
it by the same id everywhere.

The file holds 32 bytes for a symmetric key; 28, 32, 48 or 64 for an HMAC key; or
the private key of a key pair as PKCS#8, DER or PEM. It is not kept, shown or
logged. KMS never gives the bytes back: keep them, since a member whose copy has
expired needs exactly the same ones.

Symmetric keys take a new version: import it with --new, which reaches all
members, then "mrkctl key rotate" begins to use it.`,
		Example: `  mrkctl key import alias/byok --material key.bin
  mrkctl key import alias/byok --material key.bin --in eu-west-1 --valid-for 720h
  mrkctl key import alias/byok --material next.bin --new --description "2027"`,
		Args: exactly(1, "a key"),
		RunE: func(c *cobra.Command, args []string) error {
			o.Key = args[0]
			return runKeyImport(c.Context(), app, o)
		},
		ValidArgsFunction: app.completeKeys,
	}
	f := c.Flags()
	f.StringVar(&o.File, "material", "", "file with the key material (needed)")
	f.StringSliceVar(&o.In, "in", nil, "Regions of the members (default: every one that lacks it)")
	f.StringVar(&o.ID, "material-id", "", "which version the file holds, where a member lacks several")
	f.BoolVar(&o.New, "new", false, "import a new version rather than the bytes that the key knows")
	f.StringVar(&o.Description, "description", "", "description of a new version")
	f.DurationVar(&o.ValidFor, "valid-for", 0, "time after which KMS forgets the bytes, at most 8760h (default: never)")
	o.bind(c, true)
	app.completeRegions(c, "in")
	return c
}

func runKeyImport(ctx context.Context, app *App, o KeyImportOptions) error {
	if o.File == "" {
		return usageErrorf("where are the bytes? give --material FILE")
	}
	if o.ValidFor < 0 {
		return usageErrorf("--valid-for %s: give a time to come", o.ValidFor)
	}
	material, err := readMaterial(o.File)
	if err != nil {
		return err
	}
	o.Importing.NoWait = o.noWait
	return app.withTarget(ctx, func(t *target.Target) error {
		world, err := app.announce(ctx, t)
		if err != nil {
			return err
		}
		if o.ValidFor > 0 {
			o.ValidTo = t.Clock().Now().Add(o.ValidFor).Truncate(time.Second)
		}
		var p mrk.Plan
		t.Run(func() { p, err = mrk.PlanImport(ctx, cloudOf(t), o.Key, o.Importing) })
		if err == nil {
			err = p.CheckMaterial(material)
		}
		if err != nil {
			return err
		}
		p.World, p.Again = world, app.again()
		return app.carryOut(ctx, t, p, o.changeOptions, approveYes, func() ([]byte, error) { return material, nil })
	})
}

// readMaterial reads key material; it is never shown.
func readMaterial(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, withExit(exitUsage, fmt.Errorf("read the key material: %w", err))
	}
	defer f.Close() //nolint:errcheck // only read
	b, err := io.ReadAll(io.LimitReader(f, mrk.MaxMaterial+1))
	if err != nil {
		return nil, fmt.Errorf("read the key material: %w", err)
	}
	if len(b) == 0 {
		return nil, usageErrorf("%s is empty; key material was expected", path)
	}
	return b, nil
}
