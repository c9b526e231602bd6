package drill

import "github.com/mrkctl/mrkctl/pkg/drill/runbook"
import "context"

type objective struct{ name, target string }

func objectives(*runbook.Runbook) []objective { return nil }

func (r *run) end(ctx context.Context, why, dirty error) (Result, error) { return Result{}, nil }
