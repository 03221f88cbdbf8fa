// grype-database writes a vulnerability database for grype with two made-up findings in npm packages:
//
//	grype-database DIR
//
// DIR/vulnerability.db is what `grype db import` takes as a tar file. A database of the world's
// findings would need the internet, and would not stay the same from test to test.
package main

import (
	"log"
	"os"
	"time"

	v6 "github.com/anchore/grype/grype/db/v6"
)

type finding struct {
	id, severity, npmPackage, affected string
	fix                                v6.Fix
}

var findings = []finding{
	{"GHSA-aaaa-bbbb-cccc", "high", "left-pad", "<1.3.0", v6.Fix{Version: "1.3.0", State: v6.FixedStatus}},
	{"GHSA-dddd-eeee-ffff", "critical", "evil", "<9.9.9", v6.Fix{State: v6.NotFixedStatus}},
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: grype-database DIR")
	}
	if err := write(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	database, err := v6.NewWriter(v6.Config{DBDirPath: dir})
	if err != nil {
		return err
	}
	now := time.Now()
	provider := &v6.Provider{ID: "github", Version: "1", Processor: "by hand", DateCaptured: &now, InputDigest: "sha256:0"}
	for _, finding := range findings {
		vulnerability := finding.vulnerability(provider)
		if err := database.AddVulnerabilities(vulnerability); err != nil {
			return err
		}
		if err := database.AddAffectedPackages(finding.affectedPackage(vulnerability)); err != nil {
			return err
		}
	}
	return database.Close()
}

func (f finding) vulnerability(provider *v6.Provider) *v6.VulnerabilityHandle {
	return &v6.VulnerabilityHandle{
		Name:       f.id,
		Status:     v6.VulnerabilityActive,
		Provider:   provider,
		ProviderID: provider.ID,
		BlobValue: &v6.VulnerabilityBlob{
			ID:          f.id,
			Description: "made up for a test",
			Severities:  []v6.Severity{{Scheme: v6.SeveritySchemeCHML, Value: f.severity, Rank: 1}},
			References:  []v6.Reference{{URL: "https://example.org/" + f.id}},
		},
	}
}

func (f finding) affectedPackage(vulnerability *v6.VulnerabilityHandle) *v6.AffectedPackageHandle {
	version := v6.Version{Type: "semver", Constraint: f.affected}
	return &v6.AffectedPackageHandle{
		Vulnerability: vulnerability,
		Package:       &v6.Package{Ecosystem: "npm", Name: f.npmPackage},
		BlobValue:     &v6.PackageBlob{Ranges: []v6.Range{{Version: version, Fix: &f.fix}}},
	}
}
