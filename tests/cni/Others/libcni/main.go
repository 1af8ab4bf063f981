// Asks the plug-ins of a network for one thing, by the library that containerd, podman and kubelet ask them with.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/containernetworking/cni/libcni"
)

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// libcni COMMAND LIST CONTAINER NETNS IFNAME CAPABILITIES; CNI_PATH and CNI_CACHE say where programs and results are.
func main() {
	command, file, container, netns, ifname := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	capabilities := map[string]interface{}{}
	fail(json.Unmarshal([]byte(os.Args[6]), &capabilities))
	list, err := libcni.ConfListFromFile(file)
	fail(err)
	cni := libcni.NewCNIConfigWithCacheDir([]string{os.Getenv("CNI_PATH")}, os.Getenv("CNI_CACHE"), nil)
	end := &libcni.RuntimeConf{ContainerID: container, NetNS: netns, IfName: ifname, CapabilityArgs: capabilities}
	switch command {
	case "ADD":
		result, err := cni.AddNetworkList(context.Background(), list, end)
		fail(err)
		fail(result.Print())
	case "CHECK":
		fail(cni.CheckNetworkList(context.Background(), list, end))
	case "DEL":
		fail(cni.DelNetworkList(context.Background(), list, end))
	case "VALIDATE":
		told, err := cni.ValidateNetworkList(context.Background(), list)
		fail(err)
		fmt.Println(told)
	}
}
