package sim

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Cluster is an AWS CloudHSM cluster that exists in a simulated Region, as far
// as KMS looks at it.
type Cluster struct {
	// ID is its id, cluster- and at least eleven letters and digits.
	ID string
	// Certificate is its trust anchor; empty means that any is right.
	Certificate string
	// Password is kmsuser's; empty means that any is right.
	Password string
	// HSMs is how many are active; 0 means that the cluster is not active.
	HSMs int
	// Misconfigured says that its subnets or its security group are not what
	// KMS needs.
	Misconfigured bool
}

// PutCluster makes a CloudHSM cluster exist in a Region, or changes it. A
// Region where none was put takes every well-formed cluster id for an active
// cluster with two HSMs, so that key stores can be tried without ceremony.
// Clusters belong to another service and are not saved with the world. It
// fails when there is no such Region.
func (w *World) PutCluster(regionName string, c Cluster) error {
	r := w.region(regionName)
	if r == nil {
		return fmt.Errorf("put CloudHSM cluster %s: no Region %q in this world", c.ID, regionName)
	}
	if r.clusters == nil {
		r.clusters = map[string]Cluster{}
	}
	r.clusters[c.ID] = c
	return nil
}

// cluster finds a cluster by its id.
func (r *region) cluster(id string) (Cluster, bool) {
	if r.clusters == nil {
		return Cluster{ID: id, HSMs: 2}, true
	}
	c, ok := r.clusters[id]
	return c, ok
}

// clusterServes checks that a store's cluster has enough active HSMs and is set
// up as KMS needs it.
//
// Rules: MRK-STORE-06.
func (w *World) clusterServes(r *region, s *keyStore, hsms int) error {
	c, ok := r.cluster(s.Cluster)
	switch {
	case !ok:
		return fail("CloudHsmClusterNotFoundException", "")
	case c.HSMs == 0:
		return fail("CloudHsmClusterNotActiveException", "")
	case c.HSMs < hsms || c.Misconfigured:
		return fail("CloudHsmClusterInvalidConfigurationException", "")
	}
	return nil
}

// checkCluster checks that a cluster can become a key store.
func (w *World) checkCluster(r *region, s *keyStore) error {
	if err := w.clusterServes(r, s, 2); err != nil {
		return err
	}
	for _, o := range r.stores {
		if o != s && o.Account == s.Account && o.Cluster == s.Cluster {
			return fail("CloudHsmClusterInUseException", "")
		}
	}
	if c, _ := r.cluster(s.Cluster); c.Certificate != "" && c.Certificate != s.Anchor {
		return fail("IncorrectTrustAnchorException", "")
	}
	return nil
}

// clusterProblem is why a connection to a cluster is going to fail.
func (r *region) clusterProblem(s *keyStore) types.ConnectionErrorCodeType {
	c, ok := r.cluster(s.Cluster)
	switch {
	case !ok:
		return types.ConnectionErrorCodeTypeClusterNotFound
	case c.Password != "" && hashed(&c.Password) != s.Password:
		return types.ConnectionErrorCodeTypeInvalidCredentials
	}
	return ""
}
