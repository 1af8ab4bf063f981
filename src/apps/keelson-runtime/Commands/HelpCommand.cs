namespace Keelson.RuntimeCli.Commands;

/// <summary><c>--help</c>.</summary>
internal static class HelpCommand
{
    /// <summary>Prints the options of a command.</summary>
    public static int Run(string command)
    {
        Output.Write(Usage.Of(command) ?? throw new KeelsonException(ErrorKind.InvalidArgument, $"'{command}' is not a command; see keelson-runtime --help"));
        return 0;
    }

    /// <summary>Prints the commands and the global options.</summary>
    public static int Run()
    {
        Output.Write("""
            keelson-runtime - runs containers from OCI bundles

            usage: keelson-runtime [global options] COMMAND [options] [ID] [arguments]

            commands:
              create      create a container; its program waits for start
              start       let a created container run its program
              run         create and start a container
              exec        run another process in a container
              state       print a container's state
              list        print all containers
              ps          print a container's processes
              kill        send a signal
              delete      remove a container
              pause       stop all processes of a container
              resume      let them go on
              update      change limits
              events      print statistics and out-of-memory notices
              checkpoint  save a running container with CRIU
              restore     continue a saved container
              mounts      add or remove a mount of a running container
              explain     say why a container ended
              plan        print the system calls of a start
              spec        write a configuration to start from
              features    print what this runtime supports

            global options:
              --root DIR          directory of the containers' state
              --log TARGET        file, journald:NAME or syslog:NAME
              --log-format F      text or json
              --debug             log more
              --systemd-cgroup    let systemd make the cgroups
              --rootless B        true, false or auto
              --version           print the version

            """);
        return 0;
    }
}
