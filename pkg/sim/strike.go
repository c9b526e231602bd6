package sim

import "github.com/aws/aws-sdk-go-v2/service/kms/types"

// strike changes keys as a fault that has just begun does.
func (w *World) strike(f *activeFault) {
	w.eachStruck(&f.Fault, func(m *member) {
		switch f.Kind {
		case KeyDisabled:
			if !m.enabled || m.deletion != notDeleting {
				return
			}
			m.enabled = false
		case PolicyDeny:
			m.denied++
		case GrantRevoked:
			m.grantsGone++
		case MaterialExpired:
			if m.set.Origin != types.OriginTypeExternal || len(m.held) == 0 {
				return
			}
			m.aside, m.held = m.held, nil
			m.settle()
		default:
		}
		f.Touched = append(f.Touched, m.region.Name)
		w.touch(m)
	})
}

// relieve changes back what a fault changed and nobody else has touched since.
func (w *World) relieve(f *activeFault) {
	for _, name := range f.Touched {
		set := w.sets[f.Key]
		if set == nil || set.member(name) == nil {
			continue
		}
		m := set.member(name)
		switch f.Kind {
		case KeyDisabled:
			if m.deletion == notDeleting {
				m.enabled = true
				w.overdue(m)
			}
		case PolicyDeny:
			m.denied--
		case GrantRevoked:
			m.grantsGone--
		case MaterialExpired:
			for _, h := range m.aside {
				m.hold(h)
			}
			m.aside = nil
			m.settle()
		default:
		}
		w.touch(m)
	}
}

// eachStruck calls f for each member that a fault of one key strikes.
func (w *World) eachStruck(fault *Fault, f func(*member)) {
	switch fault.Kind {
	case KeyDisabled, PolicyDeny, GrantRevoked, MaterialExpired:
		for _, m := range w.sets[fault.Key].members {
			if fault.in(m.region.Name) {
				f(m)
			}
		}
	default:
	}
}
