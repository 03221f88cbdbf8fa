// Command grype-database writes a vulnerability database for grype from a description in JSON.
//
//	grype-database ARCHIVE.tar <DESCRIPTION.json && grype db import ARCHIVE.tar
//
// The database is written by grype's own package, and most of the description is in that package's types, whose names
// in JSON stand in its blobs.go. For example:
//
//	{
//	  "built": "2026-11-20T03:00:00Z",
//	  "vulnerabilities": [{
//	    "id": "GHSA-aaaa-bbbb-cccc",
//	    "provider": "github",
//	    "description": "Pads too much.",
//	    "aliases": ["CVE-2026-0001"],
//	    "refs": [{"url": "https://example.org/advisory"}],
//	    "severities": [
//	      {"scheme": "CHMLN", "value": "high", "rank": 1},
//	      {"scheme": "CVSS", "value": {"version": "3.1", "vector": "CVSS:3.1/AV:N/…"}, "rank": 2}
//	    ],
//	    "affected": [{
//	      "ecosystem": "npm",
//	      "name": "left-pad",
//	      "ranges": [{
//	        "version": {"type": "semver", "constraint": "<1.3.0"},
//	        "fix": {"state": "fixed", "version": "1.3.0"}
//	      }]
//	    }]
//	  }],
//	  "epss": [{"cve": "CVE-2026-0001", "epss": 0.5, "percentile": 0.9, "date": "2026-11-19T00:00:00Z"}],
//	  "known_exploited": [{"cve": "CVE-2026-0001", "date_added": "2026-11-01T00:00:00Z"}],
//	  "cwes": [{"cve": "CVE-2026-0001", "cwe": "CWE-79"}]
//	}
//
// Everything but "id" may be left out. A package of a Linux distribution has "distro" and "release" beside its name,
// e.g. "debian" and "12". Without "built" the database is built now.
package main

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	v6 "github.com/anchore/grype/grype/db/v6"
)

type description struct {
	Built           time.Time                             `json:"built"`
	Vulnerabilities []vulnerability                       `json:"vulnerabilities"`
	EPSS            []*v6.EpssHandle                      `json:"epss"`
	KnownExploited  []*v6.KnownExploitedVulnerabilityBlob `json:"known_exploited"`
	CWEs            []*v6.CWEHandle                       `json:"cwes"`
}

type vulnerability struct {
	v6.VulnerabilityBlob
	Provider string     `json:"provider"`
	Affected []affected `json:"affected"`
}

type affected struct {
	v6.PackageBlob
	Ecosystem string `json:"ecosystem"`
	Name      string `json:"name"`
	Distro    string `json:"distro"`
	Release   string `json:"release"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "Usage: grype-database ARCHIVE.tar <DESCRIPTION.json")
		os.Exit(2)
	}
	if err := run(os.Stdin, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "grype-database:", err)
		os.Exit(1)
	}
}

func run(input io.Reader, archive string) error {
	var d description
	decoder := json.NewDecoder(input)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return fmt.Errorf("the description: %w", err)
	}
	folder, err := os.MkdirTemp("", "grype-database")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	writer, err := v6.NewWriter(v6.Config{DBDirPath: folder})
	if err != nil {
		return err
	}
	if err := errors.Join(d.write(writer), writer.Close()); err != nil {
		return err
	}
	file := filepath.Join(folder, v6.VulnerabilityDBFileName)
	if err := setBuilt(file, d.Built); err != nil {
		return err
	}
	return pack(file, archive)
}

func (d description) write(writer v6.Writer) error {
	// grype tells providers apart by this time too, to the second, and stores none twice: it must be one for all.
	captured := d.Built
	if captured.IsZero() {
		captured = time.Now().UTC()
	}
	for _, v := range d.Vulnerabilities {
		if err := v.write(writer, captured); err != nil {
			return fmt.Errorf("%s: %w", v.ID, err)
		}
	}
	for _, known := range d.KnownExploited {
		handle := v6.KnownExploitedVulnerabilityHandle{Cve: known.Cve, BlobValue: known}
		if err := writer.AddKnownExploitedVulnerabilities(&handle); err != nil {
			return err
		}
	}
	return errors.Join(writer.AddEpss(d.EPSS...), writer.AddCWE(d.CWEs...))
}

func (v vulnerability) write(writer v6.Writer, captured time.Time) error {
	provider := v.Provider
	if provider == "" {
		provider = "github"
	}
	handle := &v6.VulnerabilityHandle{
		Name:       v.ID,
		Status:     v6.VulnerabilityActive,
		ProviderID: provider,
		Provider: &v6.Provider{
			ID: provider, Version: "1", Processor: "grype-database", DateCaptured: &captured, InputDigest: "sha256:0",
		},
		BlobValue: &v.VulnerabilityBlob,
	}
	if err := writer.AddVulnerabilities(handle); err != nil {
		return err
	}
	for _, a := range v.Affected {
		var system *v6.OperatingSystem
		if a.Distro != "" {
			major, minor, _ := strings.Cut(a.Release, ".")
			system = &v6.OperatingSystem{Name: a.Distro, ReleaseID: a.Distro, MajorVersion: major, MinorVersion: minor}
		}
		err := writer.AddAffectedPackages(&v6.AffectedPackageHandle{
			Vulnerability:   handle,
			OperatingSystem: system,
			Package:         &v6.Package{Ecosystem: a.Ecosystem, Name: a.Name},
			BlobValue:       &a.PackageBlob,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// setBuilt changes the time at which the database was built, which the writer takes from the clock.
func setBuilt(file string, built time.Time) error {
	if built.IsZero() {
		return nil
	}
	database, err := v6.NewLowLevelDB(file, false, true, false)
	if err != nil {
		return err
	}
	connection, err := database.DB()
	if err != nil {
		return err
	}
	_, err = connection.Exec("UPDATE db_metadata SET build_timestamp = ?", built.UTC().Truncate(time.Second))
	return errors.Join(err, connection.Close())
}

func pack(file, archive string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	output, err := os.Create(archive)
	if err != nil {
		return err
	}
	writer := tar.NewWriter(output)
	header := &tar.Header{Name: filepath.Base(file), Mode: 0o644, Size: int64(len(content))}
	err = writer.WriteHeader(header)
	if err == nil {
		_, err = writer.Write(content)
	}
	return errors.Join(err, writer.Close(), output.Close())
}
