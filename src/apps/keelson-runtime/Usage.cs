namespace Keelson.RuntimeCli;

/// <summary>What <c>COMMAND --help</c> prints.</summary>
internal static class Usage
{
    /// <summary>Arguments and options of a command; <see langword="null"/> for a name that is no command.</summary>
    public static string? Of(string command) => command switch
    {
        "create" or "run" => Line(command, "[options] ID") + Start + (command == "run" ? Foreground : ""),
        "start" or "state" or "pause" or "resume" or "explain" => Line(command, "ID"),
        "exec" => Line(command, "[options] ID COMMAND [arguments]", "[options] --process FILE ID") + Exec,
        "kill" => Line(command, "[options] ID [SIGNAL]") + """
              -a, --all       all processes of the container
              -r, --regex     all containers whose names match

            """,
        "delete" => Line(command, "[options] ID") + """
              -f, --force     kill it first if it runs; a missing one is no error
              -r, --regex     all containers whose names match

            """,
        "list" => Line(command, "[options]") + """
              -f, --format F  table (default) or json
              -q, --quiet     names alone

            """,
        "ps" => Line(command, "[options] ID [arguments of ps]") + """
              -f, --format F  table (default) or json

            """,
        "spec" => Line(command, "[options]") + """
              -b, --bundle DIR  where config.json is written; the working directory by default
              --rootless        for a user without privileges

            """,
        "features" => Line(command, ""),
        "update" => Line(command, "[options] ID") + Update,
        "events" => Line(command, "[options] ID") + """
              --stats         print statistics once and leave
              --interval D    time between statistics, such as 500ms or 1m30s; 5s by default

            """,
        "checkpoint" => Line(command, "[options] ID") + Criu + """
              --leave-running          let the container go on
              --pre-dump               save memory alone and let it go on
              --parent-path DIR        earlier images, relative to the image path
              --page-server ADDR:PORT  send memory there
              --status-fd N            descriptor that gets a zero byte when lazy pages are ready

            """,
        "restore" => Line(command, "[options] ID") + Start + Foreground + Criu + """
              --lsm-profile TYPE:NAME      label for the processes
              --lsm-mount-context CONTEXT  SELinux context for mounts

            """,
        "mounts" => Line(command, "add ID FILE", "remove ID FILE") + """
              FILE  a JSON array of mounts as in config.json; - for standard input

            """,
        "plan" => Line(command, "[options] [ID]") + """
              -b, --bundle DIR  directory of config.json; the working directory by default
              --no-pivot        chroot instead of pivot_root
              --no-new-keyring  keep the caller's session keyring
              --preserve-fds N  descriptors after stderr that the process inherits

            """,
        _ => null,
    };

    private static string Line(string command, params ReadOnlySpan<string> forms)
    {
        string text = "";
        foreach (string form in forms) text += $"{(text.Length == 0 ? "usage:" : "      ")} keelson-runtime [global options] {command} {form}".TrimEnd() + "\n";
        return text + "\n";
    }

    private const string Start = """
          -b, --bundle DIR       directory of config.json; the working directory by default
          --console-socket PATH  unix socket that takes the container's terminal
          --pid-file FILE        file that gets the process ID
          --pidfd-socket PATH    unix socket that takes a descriptor of the process
          --no-pivot             chroot instead of pivot_root
          --no-new-keyring       keep the caller's session keyring
          --preserve-fds N       descriptors after stderr that the process inherits

        """;

    private const string Foreground = """
          -d, --detach           do not wait for the container's end
          --keep                 do not delete the container at its end
          --no-subreaper         do not adopt the container's orphans

        """;

    private const string Criu = """
          --image-path DIR         directory of the images; checkpoint by default
          --work-path DIR          directory of criu's log; that of the images by default
          --tcp-established        with open TCP connections
          --ext-unix-sk            with unix sockets to the outside
          --shell-job              with a session and a terminal of the outside
          --file-locks             with file locks
          --lazy-pages             transfer memory when it is used
          --auto-dedup             cut out of earlier images what later ones hold
          --manage-cgroups-mode M  soft, full or strict
          --empty-ns network       make the namespace and leave it empty

        """;

    private const string Exec = """
          -p, --process FILE         the process as JSON
          -t, --tty                  a terminal of its own
          -e, --env NAME=VALUE       one more variable
          --cwd DIR                  working directory
          -u, --user UID[:GID]       user and group
          -g, --additional-gids GID  one more group
          -c, --cap NAME             one more capability
          --no-new-privs             no new privileges
          --apparmor PROFILE         AppArmor profile
          --process-label LABEL      SELinux label
          --cgroup PATH              group below that of the container
          --ignore-paused            go into a paused container
          -d, --detach               do not wait for its end
          --console-socket PATH      unix socket that takes the terminal
          --pid-file FILE            file that gets the process ID
          --pidfd-socket PATH        unix socket that takes a descriptor of the process
          --preserve-fds N           descriptors after stderr that the process inherits
          --no-subreaper             accepted; exec adopts nobody

        """;

    private const string Update = """
          -r, --resources FILE      limits as JSON; - reads standard input; other options are then ignored
          --memory BYTES            memory; sizes may end with k, m, g; -1 is no limit
          --memory-reservation BYTES
          --memory-swap BYTES       memory and swap together
          --cpu-share N             weight among siblings
          --cpu-quota US            run time per period
          --cpu-period US
          --cpu-burst US            run time that may be saved up
          --cpu-rt-period US
          --cpu-rt-runtime US
          --cpu-idle N              1 runs it only when nothing else wants to run
          --cpuset-cpus LIST        such as 0-2,4
          --cpuset-mems LIST
          --pids-limit N            most tasks; -1 is no limit
          --blkio-weight N          10 to 1000
          --l3-cache-schema LINES   Intel RDT, third-level cache
          --mem-bw-schema LINES     Intel RDT, memory bandwidth

        """;
}
