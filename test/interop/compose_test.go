// SPDX-License-Identifier: Apache-2.0

// Package interop checks our files with other people's code. Here: docker-compose.yml with the library that Docker Compose itself loads it with.
package interop

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

const composeFile = "../../docker-compose.yml"

var variables = []string{
	"LAMPLIGHT_CONFIG",
	"LAMPLIGHT_PASSPHRASE",
	"LAMPLIGHT_INFLUX_PASSWORD",
	"LAMPLIGHT_INFLUX_PASSWORD_SERVER",
	"LAMPLIGHT_INFLUX_ADMIN_PASSWORD",
}

// load reads a compose file as `docker compose --profile "*" config` does, with every variable set but `missing`.
func load(t *testing.T, file, missing string) (*types.Project, error) {
	t.Helper()
	return loadProfiles(t, file, missing, "*")
}

func loadProfiles(t *testing.T, file, missing string, profiles ...string) (*types.Project, error) {
	t.Helper()
	var environment []string
	for _, name := range variables {
		if name != missing {
			environment = append(environment, name+"=/etc/lamplight/"+strings.ToLower(name))
		}
	}
	options, err := cli.NewProjectOptions(
		[]string{file},
		cli.WithEnv(environment),
		cli.WithProfiles(profiles),
		cli.WithInterpolation(true),
	)
	if err != nil {
		return nil, err
	}
	return options.LoadProject(context.Background())
}

func mustLoad(t *testing.T) *types.Project {
	t.Helper()
	project, err := load(t, composeFile, "")
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// variant loads a copy of the file in which `from` stands as `to`.
func variant(t *testing.T, from, to string) (*types.Project, error) {
	t.Helper()
	text, err := os.ReadFile(composeFile)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), from) {
		t.Fatalf("the file has no %q to change", from)
	}
	copied := filepath.Join(t.TempDir(), "docker-compose.yml")
	if err := os.WriteFile(copied, []byte(strings.ReplaceAll(string(text), from, to)), 0o600); err != nil {
		t.Fatal(err)
	}
	return load(t, copied, "")
}

func TestHasTheServicesOfAClinicHost(t *testing.T) {
	project := mustLoad(t)
	for _, name := range []string{"room", "gateway", "dashboard", "influxdb"} {
		if _, err := project.GetService(name); err != nil {
			t.Error(err)
		}
	}
	// Live messages go over the loopback address that the two share.
	for _, name := range []string{"gateway", "dashboard"} {
		if mode := project.Services[name].NetworkMode; mode != "service:room" {
			t.Errorf("%s has network mode %q", name, mode)
		}
	}
	if image := project.Services["influxdb"].Image; image != "influxdb:1.12" {
		t.Errorf("InfluxDB is %q", image)
	}
	if !project.Networks["store"].Internal {
		t.Error("InfluxDB's network leads outside")
	}
}

// The network of `npm run fabric:up`, which nobody gets who does not ask for it.
func TestHasAFabricNetworkInAProfileOfItsOwn(t *testing.T) {
	parts := []string{"fabric-room", "fabric-orderer", "fabric-peer-hosp", "fabric-peer-reg", "fabric-chaincode-hosp", "fabric-chaincode-reg"}
	for _, profiles := range [][]string{nil, {"fabric"}} {
		project, err := loadProfiles(t, composeFile, "", profiles...)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range parts {
			service, isActive := project.Services[name]
			if isActive != (profiles != nil) {
				t.Errorf("with profiles %v, is %s active: %v", profiles, name, isActive)
			}
			if !isActive || name == "fabric-room" {
				continue
			}
			if folder := service.Volumes[0]; folder.Source != folder.Target {
				t.Errorf("%s has the folder at %q, not where it was made", name, folder.Target)
			}
			if service.NetworkMode != "service:fabric-room" {
				t.Errorf("%s has network mode %q: the parts share one loopback address", name, service.NetworkMode)
			}
		}
	}
}

func TestEveryServiceIsHardened(t *testing.T) {
	for _, problem := range problemsOf(mustLoad(t)) {
		t.Error(problem)
	}
}

// Each weakening of the file must be found: a check that cannot fail shows nothing.
func TestEveryWeakeningIsFound(t *testing.T) {
	weakenings := []struct{ from, to, want string }{
		{"127.0.0.1:8080:8080", "8080:8080", "published"},
		{"127.0.0.1:8080:8080", "0.0.0.0:8080:8080", "published"},
		{"127.0.0.1:7051:7051", "7051:7051", "published"},
		{"read_only: true\n  cap_drop", "cap_drop", "writable root"},
		{"cap_drop: [ALL]", "cap_drop: [NET_RAW]", "capabilities"},
		{"  security_opt: [no-new-privileges:true]\n", "", "new privileges"},
		{`  user: "10001:10001"` + "\n", "", "user"},
		{`user: "1500:1500"`, `user: "0:0"`, "user"},
		{`LAMPLIGHT_FABRIC_USER:-10001:10001`, `LAMPLIGHT_FABRIC_USER:-0:0`, "user"},
		{"healthcheck: &every", "x-healthcheck: &every", "health check"},
		{"service:room", "service:influxdb", "may crash"},
		{"command: [dashboard", "build: .\n    command: [dashboard", "builds the image again"},
		{"  restart: unless-stopped\n", "", "restart"},
		{"  init: true\n", "", "init"},
		{"memory: 512m, ", "", "memory"},
		{"INFLUXDB_DB: lamplight", "INFLUXDB_USER_PASSWORD: lamplight", "secret"},
		{"${LAMPLIGHT_PASSPHRASE:?the path of a file with the passphrase of the key stores}", "${X:-/etc/hostname}", "no variable"},
	}
	for _, weakening := range weakenings {
		project, err := variant(t, weakening.from, weakening.to)
		if err != nil {
			t.Fatalf("%q: %v", weakening.to, err)
		}
		if found := strings.Join(problemsOf(project), "\n"); !strings.Contains(found, weakening.want) {
			t.Errorf("%q instead of %q is not found: %q", weakening.to, weakening.from, found)
		}
	}
}

func TestAMissingVariableIsAnErrorThatNamesIt(t *testing.T) {
	for _, name := range variables {
		if _, err := load(t, composeFile, name); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestATypoIsAnError(t *testing.T) {
	for _, typo := range [][2]string{
		{"cap_drop:", "cap_dorp:"},
		{"healthcheck: &every", "healthchek: &every"},
		{"service:room", "service:roon"},
		{"secrets: [passphrase, influx_password]", "secrets: [passphrase, influx_pasword]"},
		{"    networks: [door, store]", "    networks: [door, stor]"},
	} {
		if _, err := variant(t, typo[0], typo[1]); err == nil {
			t.Errorf("%q is accepted", typo[1])
		}
	}
}

func TestTheBuildContextHasWhatTheImageIsMadeOf(t *testing.T) {
	// The build of the page reads it, and no COPY names it.
	wanted := []string{"tsconfig.json"}
	for _, line := range linesOf(t, "../../Dockerfile") {
		if words := strings.Fields(line); len(words) > 2 && words[0] == "COPY" && !strings.HasPrefix(words[1], "--") {
			wanted = append(wanted, words[1:len(words)-1]...)
		}
	}
	if len(wanted) < 10 {
		t.Fatalf("the Dockerfile copies only %q", wanted)
	}
	ignored := linesOf(t, "../../.dockerignore")
	for _, name := range wanted {
		top, _, _ := strings.Cut(name, "/")
		if top != "." && !slices.Contains(ignored, "!"+top) {
			t.Errorf("%s is left out of the build", name)
		}
	}
}

func linesOf(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(text), "\n")
}
