using System.Globalization;
using Keelson.Cni.Plugin;
using Keelson.Linux.Sys;

namespace Keelson.Cni.Tests.Plugin;

/// <summary>A call that is killed at each of its steps: DEL succeeds and takes all of it away, and so does the next call of anybody.</summary>
public sealed class KilledTests
{
    /// <summary>Set for the process that is to be killed: the step at which it dies.</summary>
    internal const string StepVariable = "KEELSON_CNI_KILLED";

    /// <summary>Most steps of a call.</summary>
    private const int StepLimit = 60;

    /// <summary>What that process does.</summary>
    internal static async Task<int> LiveAndDieAsync(string step)
    {
        (int last, int count) = (int.Parse(step, CultureInfo.InvariantCulture), 0);
        await using Stream input = Console.OpenStandardInput(), output = Console.OpenStandardOutput();
        return await PluginProgram.RunAsync(Environment.GetEnvironmentVariable, input, output, Console.Error.WriteLine, done =>
        {
            if (done.Length > 0 && ++count == last) _ = Processes.TryKill(Environment.ProcessId, Signals.SIGKILL);
        });
    }

    [RootTheory]
    [InlineData("ADD")]
    [InlineData("DEL")]
    public void Killed_at_any_step_a_call_leaves_nothing_that_DEL_does_not_take_away(string command)
    {
        int killed = 0;
        for (bool isWhole = false; !isWhole; killed++)
        {
            Assert.True(killed < StepLimit);
            using Lab lab = new();
            lab.Make("c1");
            string config = lab.Config("""  "runtimeConfig":{"portMappings":[{"hostPort":8080,"containerPort":80}]},"ipam":{"subnets":[{"subnet":"10.50.0.0/24"},{"subnet":"fd50::/64"}]},  """);
            if (command == "DEL") lab.Add(config);
            CommandResult result = RunAndKill(lab, command, config, killed + 1);
            isWhole = result.ExitCode == 0;
            if (!isWhole) Assert.True(result.ExitCode == 128 + Signals.SIGKILL, result.ToString());
            string when = $"killed at step {killed + 1} of {command}";
            if (killed % 2 == 0)
            {
                lab.Ask("DEL", config).Succeeds();
            }
            else if (command == "ADD")
            {
                // Somebody else comes first, and gets what the killed one would have had, unless that was complete.
                lab.Make("c2");
                string got = lab.Add(config.Replace("8080", "8081", StringComparison.Ordinal), "c2").GetProperty("ips")[0].GetProperty("address").GetString()!;
                Assert.True(got is "10.50.0.2/24" or "10.50.0.3/24", when);
                lab.Ask("DEL", config, "c2").Succeeds();
                lab.Ask("DEL", config).Succeeds();
            }
            else
            {
                lab.Ask("DEL", config, "c1", ("CNI_NETNS", "")).Succeeds();
            }
            Assert.Equal(("||", when), (lab.Left(), when));
            Assert.DoesNotContain("eth0", lab.Host.Run("nsenter", "--net=" + lab.PathOf("c1"), "ip", "-br", "link").Stdout, StringComparison.Ordinal);
            // And the container can join as if nothing had been.
            lab.Add(config);
        }
        Assert.InRange(killed, 4, StepLimit);
    }

    private static CommandResult RunAndKill(Lab lab, string command, string config, int step)
    {
        Dictionary<string, string> environment = lab.Variables(command, "c1");
        environment[StepVariable] = step.ToString(CultureInfo.InvariantCulture);
        return ChildProcess.Run(["nsenter", "--net=" + lab.PathOf("host"), Environment.ProcessPath!], new() { Input = config, Environment = environment });
    }
}
