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
	mrk.ImportStep
	Key      string
	File     string
	ValidFor time.Duration
}

func newKeyImportCmd(app *App) *cobra.Command {
	var o KeyImportOptions
	c := &cobra.Command{
		Use:   "import KEY",
		Short: "Import key material into every member",
		Long: `Import 32 bytes of key material into every member of a key that was made with
--origin EXTERNAL: the primary first, then each replica. Each copy is wrapped
under a key of its Region, so it never travels in the clear.

The bytes are read from a file and are not kept, shown or logged. KMS never gives
them back: keep them. With --new they become a new version, which is used after
"mrkctl key rotate".`,
		Example: `  mrkctl key import alias/byok --material key.bin
  mrkctl key import alias/byok --material next.bin --new --description "2027"`,
		Args: exactly(1, "a key"),
		RunE: func(c *cobra.Command, args []string) error {
			o.Key = args[0]
			return runKeyImport(c.Context(), app, o)
		},
		ValidArgsFunction: app.completeKeys,
	}
	f := c.Flags()
	f.StringVar(&o.File, "material", "", "file with the 32 bytes (needed)")
	f.BoolVar(&o.New, "new", false, "import a new version rather than the bytes that the key knows")
	f.StringVar(&o.Description, "description", "", "description of a new version")
	f.DurationVar(&o.ValidFor, "valid-for", 0, "time after which KMS forgets the bytes, at most 8760h (default: never)")
	o.bind(c, false)
	return c
}

func runKeyImport(ctx context.Context, app *App, o KeyImportOptions) error {
	if o.File == "" {
		return usageErrorf("where are the bytes? give --material FILE")
	}
	material := func() ([]byte, error) { return readMaterial(o.File) }
	if _, err := material(); err != nil {
		return err
	}
	return app.withTarget(ctx, func(t *target.Target) error {
		world, err := app.announce(ctx, t)
		if err != nil {
			return err
		}
		if o.ValidFor > 0 {
			o.ValidTo = t.Clock().Now().Add(o.ValidFor).Truncate(time.Second)
		}
		var p mrk.Plan
		t.Run(func() { p, err = mrk.PlanImport(ctx, cloudOf(t), o.Key, o.ImportStep) })
		if err != nil {
			return err
		}
		p.World, p.Again = world, app.again()
		return app.carryOut(ctx, t, p, o.changeOptions, approveYes, material)
	})
}

// readMaterial reads key material; it is never shown.
func readMaterial(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, withExit(exitUsage, fmt.Errorf("read the key material: %w", err))
	}
	defer f.Close() //nolint:errcheck // only read
	b, err := io.ReadAll(io.LimitReader(f, mrk.MaterialSize+1))
	if err != nil {
		return nil, fmt.Errorf("read the key material: %w", err)
	}
	if len(b) != mrk.MaterialSize {
		return nil, usageErrorf("%s does not hold exactly %d bytes of key material", path, mrk.MaterialSize)
	}
	return b, nil
}
