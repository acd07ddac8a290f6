// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"fmt"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
)

// problemsOf says what a clinic would not want of a project, each as a sentence.
func problemsOf(project *types.Project) []string {
	var found []string
	built := map[string]string{}
	for _, name := range project.ServiceNames() {
		service := project.Services[name]
		if service.Build != nil {
			if other, isBuilt := built[service.Image]; isBuilt {
				found = append(found, fmt.Sprintf("%s: builds the image again that %s builds", name, other))
			}
			built[service.Image] = name
		}
		found = append(found, prefixed(name, isolation(service))...)
		found = append(found, prefixed(name, operation(service))...)
		found = append(found, prefixed(name, exposure(service))...)
		// Whoever crashes and is started again has a new network, and leaves the others in the old one.
		owner, isShared := strings.CutPrefix(service.NetworkMode, "service:")
		if isShared && !slices.Equal(project.Services[owner].Entrypoint, []string{"sleep", "infinity"}) {
			found = append(found, fmt.Sprintf("%s: shares the network of %s, which may crash", name, owner))
		}
	}
	for name, secret := range project.Secrets {
		// Every variable that the test sets names a file below this folder.
		if !strings.HasPrefix(secret.File, "/etc/lamplight/") {
			found = append(found, fmt.Sprintf("%s: a secret that no variable names: %q", name, secret.File))
		}
	}
	return found
}

func isolation(service types.ServiceConfig) (found []string) {
	if !service.ReadOnly {
		found = append(found, "a writable root")
	}
	if !slices.Contains(service.CapDrop, "ALL") || len(service.CapAdd) > 0 || service.Privileged {
		found = append(found, "more capabilities than none")
	}
	if !slices.Contains(service.SecurityOpt, "no-new-privileges:true") {
		found = append(found, "may gain new privileges")
	}
	if user, _, _ := strings.Cut(service.User, ":"); user == "" || user == "0" || user == "root" {
		found = append(found, fmt.Sprintf("runs as user %q", service.User))
	}
	return found
}

func operation(service types.ServiceConfig) (found []string) {
	if service.HealthCheck == nil || service.HealthCheck.Disable || len(service.HealthCheck.Test) < 2 {
		found = append(found, "no health check")
	}
	if service.Restart != types.RestartPolicyUnlessStopped {
		found = append(found, "no restart policy")
	}
	if service.Init == nil || !*service.Init {
		found = append(found, "no init process")
	}
	if service.Deploy == nil || service.Deploy.Resources.Limits == nil || service.Deploy.Resources.Limits.MemoryBytes == 0 {
		found = append(found, "no memory limit")
	}
	return found
}

func exposure(service types.ServiceConfig) (found []string) {
	for _, port := range service.Ports {
		if port.HostIP != "127.0.0.1" {
			found = append(found, fmt.Sprintf("port %s is published on %q", port.Published, port.HostIP))
		}
	}
	if service.NetworkMode == "host" {
		found = append(found, "every port is published: it shares the host's network")
	}
	for name, value := range service.Environment {
		isSecret := strings.Contains(name, "PASSWORD") || strings.Contains(name, "PASSPHRASE") || strings.Contains(name, "TOKEN")
		if isSecret && value != nil && !strings.HasPrefix(*value, "/run/secrets/") {
			found = append(found, fmt.Sprintf("a secret in the environment: %s", name))
		}
	}
	return found
}

func prefixed(name string, problems []string) []string {
	for i := range problems {
		problems[i] = name + ": " + problems[i]
	}
	return problems
}
