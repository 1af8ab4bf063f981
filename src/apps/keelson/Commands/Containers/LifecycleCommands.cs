using Keelson.Cli.Parsing;
using Keelson.Docker;

namespace Keelson.Cli.Commands.Containers;

/// <summary>What is done to containers.</summary>
internal static class LifecycleCommands
{
    private static readonly Option Timeout = Option.Value("t,time", "seconds", "time until it is killed (10)");

    public static Command Stop => Each("stop containers", "stop", [Timeout], (session, client, id) => client.StopContainer(id, (int?)session.Arguments.Number("time"))) with { Completes = "running" };

    public static Command Restart => Each("stop containers and start them again", "restart", [Timeout], (session, client, id) => client.RestartContainer(id, (int?)session.Arguments.Number("time")));

    public static Command Kill => Each("send a signal to containers", "kill", [Option.Value("s,signal", "signal", "the signal (KILL)")],
        (session, client, id) => client.KillContainer(id, session.Arguments.Value("signal") ?? "KILL")) with
    { Completes = "running" };

    public static Command Pause => Each("freeze the processes of containers", "pause", [], (session, client, id) => client.PauseContainer(id)) with { Completes = "running" };

    public static Command Unpause => Each("let frozen containers go on", "unpause", [], (session, client, id) => client.UnpauseContainer(id)) with { Completes = "running" };

    public static Command Remove => Each("remove containers", "remove",
        [Option.Flag("f,force", "kill it first"), Option.Flag("l,link", "remove the link alone"), Option.Flag("v,volumes", "remove its volumes without a name too")],
        (session, client, id) =>
        {
            try
            {
                client.RemoveContainer(id, session.Arguments.Flag("force"), session.Arguments.Flag("volumes"), session.Arguments.Flag("link"));
            }
            catch (DockerException e) when (e.Status == 404 && session.Arguments.Flag("force"))
            {
                // Forced, what is not there counts as removed; it is told all the same.
                throw new ToldException(e.Message);
            }
        });

    public static Command Rename => new("give a container another name", "CONTAINER NAME", [], session =>
    {
        session.Client.RenameContainer(session.Arguments.Words[0], session.Arguments.Words[1]);
        return 0;
    })
    { Least = 2, Most = 2, Completes = "containers" };

    public static Command Wait => new("wait until containers end, and print their exit codes", "CONTAINER…", [], session =>
        Session.ForEach(session.Arguments.Words, "wait for", id =>
        {
            using ContainerWait wait = session.Client.BeginWait(id);
            Session.Print($"{wait.Finish()}");
            Output.Flush();
        }))
    { Least = 1, Completes = "running" };

    private static Command Each(string summary, string verb, Option[] options, Action<Session, DockerClient, string> action) => new(summary, "[options] CONTAINER…", options, session =>
        session.ForEachAtOnce(session.Arguments.Words, verb, (client, id) => action(session, client, id), Session.Print))
    { Least = 1, Completes = "containers" };
}
