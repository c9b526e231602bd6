package sim

// Region is a Region of AWS.
type Region struct {
	// Name is its code, such as eu-west-1.
	Name string
	// Partition is the separate cloud it belongs to: aws, aws-cn, aws-us-gov …
	Partition string
	// OptIn says that an account has to enable it before use.
	OptIn bool
	// Lat and Lon are roughly where it is, in degrees; latency follows from it.
	Lat, Lon float64
}

// everyRegion is every Region in which KMS has multi-Region keys, by partition
// (AWS's list of 2026; places from public knowledge, to a few hundred kilometres).
func everyRegion() []Region {
	return []Region{
		{"af-south-1", "aws", true, -33.9, 18.4},
		{"ap-east-1", "aws", true, 22.3, 114.2},
		{"ap-east-2", "aws", true, 25.0, 121.5},
		{"ap-northeast-1", "aws", false, 35.7, 139.7},
		{"ap-northeast-2", "aws", false, 37.6, 127.0},
		{"ap-northeast-3", "aws", false, 34.7, 135.5},
		{"ap-south-1", "aws", false, 19.1, 72.9},
		{"ap-south-2", "aws", true, 17.4, 78.5},
		{"ap-southeast-1", "aws", false, 1.35, 103.8},
		{"ap-southeast-2", "aws", false, -33.9, 151.2},
		{"ap-southeast-3", "aws", true, -6.2, 106.8},
		{"ap-southeast-4", "aws", true, -37.8, 145.0},
		{"ap-southeast-5", "aws", true, 3.1, 101.7},
		{"ap-southeast-6", "aws", true, -36.8, 174.8},
		{"ap-southeast-7", "aws", true, 13.8, 100.5},
		{"ca-central-1", "aws", false, 45.5, -73.6},
		{"ca-west-1", "aws", true, 51.0, -114.1},
		{"eu-central-1", "aws", false, 50.1, 8.7},
		{"eu-central-2", "aws", true, 47.4, 8.5},
		{"eu-north-1", "aws", false, 59.3, 18.1},
		{"eu-south-1", "aws", true, 45.5, 9.2},
		{"eu-south-2", "aws", true, 41.6, -0.9},
		{"eu-west-1", "aws", false, 53.3, -6.3},
		{"eu-west-2", "aws", false, 51.5, -0.1},
		{"eu-west-3", "aws", false, 48.9, 2.4},
		{"il-central-1", "aws", true, 32.1, 34.8},
		{"me-central-1", "aws", true, 24.5, 54.4},
		{"me-south-1", "aws", true, 26.2, 50.6},
		{"mx-central-1", "aws", true, 20.6, -100.4},
		{"sa-east-1", "aws", false, -23.5, -46.6},
		{"us-east-1", "aws", false, 38.9, -77.5},
		{"us-east-2", "aws", false, 40.0, -83.0},
		{"us-west-1", "aws", false, 37.4, -121.9},
		{"us-west-2", "aws", false, 45.8, -119.7},

		{"cn-north-1", "aws-cn", false, 39.9, 116.4},
		{"cn-northwest-1", "aws-cn", false, 37.5, 105.2},

		{"us-gov-east-1", "aws-us-gov", false, 40.0, -83.0},
		{"us-gov-west-1", "aws-us-gov", false, 45.5, -122.7},

		{"us-iso-east-1", "aws-iso", false, 38.9, -77.5},
		{"us-iso-west-1", "aws-iso", false, 39.7, -105.0},
		{"us-isob-east-1", "aws-iso-b", false, 40.0, -83.0},
		{"us-isob-west-1", "aws-iso-b", false, 39.7, -105.0},
		{"eu-isoe-west-1", "aws-iso-e", false, 51.5, -0.1},
		{"us-isof-east-1", "aws-iso-f", false, 38.9, -77.5},
		{"us-isof-south-1", "aws-iso-f", false, 32.8, -96.8},
		{"eusc-de-east-1", "aws-eusc", false, 52.4, 13.1},
	}
}

// AllRegions lists every Region the simulator knows, partition by partition,
// by name within each.
func AllRegions() []Region { return everyRegion() }

// LookupRegion finds a Region by its name.
func LookupRegion(name string) (Region, bool) {
	for _, r := range everyRegion() {
		if r.Name == name {
			return r, true
		}
	}
	return Region{}, false
}

// DNSSuffix is the domain under which a partition's endpoints are found.
func DNSSuffix(partition string) string {
	switch partition {
	case "aws-cn":
		return "amazonaws.com.cn"
	case "aws-iso":
		return "c2s.ic.gov"
	case "aws-iso-b":
		return "sc2s.sgov.gov"
	case "aws-iso-e":
		return "cloud.adc-e.uk"
	case "aws-iso-f":
		return "csp.hci.ic.gov"
	case "aws-eusc":
		return "amazonaws.eu"
	}
	return "amazonaws.com"
}

// region is one Region of a world: what it stores and what it knows.
type region struct {
	Region
	index     int    // place in World.regions
	arnPrefix string // arn:aws:kms:eu-west-1:
	closed    bool   // an opt-in Region the account has not enabled

	members   map[string]*member     // by key id
	order     []*member              // in order of creation, for ListKeys
	materials map[materialID]*member // whose material it is; for Decrypt
	aliases   map[string]*alias      // by account/name
	names     []string               // keys of aliases, sorted
	stores    map[string]*keyStore   // custom key stores by id
	clusters  map[string]Cluster     // CloudHSM clusters by id; nil when any id will do
	services  map[string]bool        // VPC endpoint services, and whether they can be used; nil when any will do
	trail     trail
	rates     rates
}

func newRegion(r Region, index int) *region {
	return &region{
		Region: r, index: index, arnPrefix: "arn:" + r.Partition + ":kms:" + r.Name + ":",
		members: map[string]*member{}, materials: map[materialID]*member{}, aliases: map[string]*alias{},
		stores: map[string]*keyStore{},
	}
}

// keyARN is the ARN of a key in this Region.
func (r *region) keyARN(account, id string) string {
	return r.arnPrefix + account + ":key/" + id
}

// aliasARN is the ARN of an alias in this Region; name begins with alias/.
func (r *region) aliasARN(account, name string) string {
	return r.arnPrefix + account + ":" + name
}
