namespace Keelson.Cli.Tests;

/// <summary><c>cp</c> both ways: the same trees as docker's client makes.</summary>
[Collection<EngineCollection>]
public class CopyTests(EngineUnderTest engine)
{
    private const string Tree = "mkdir -p /src/sub; echo one > /src/file; ln /src/file /src/hard; ln -s file /src/link; echo two > /src/sub/.hidden; chmod 4750 /src/sub/.hidden; touch -d 2001-02-03 /src/file; mkfifo /src/fifo";

    // Kind, mode, size, link, name; time of files.
    private const string List = "cd \"$0\" && find . -printf '%y %m %l %p\\n' | sort; find . -type f -printf '%T+ %s %p\\n' | cut -c1-19,30- | sort";

    [CliTheory]
    [InlineData("/src", "")]
    [InlineData("/src", "/new")]
    [InlineData("/src/.", "/new")]
    [InlineData("/src/.", "")]
    [InlineData("/src/", "")]
    [InlineData("/src/file", "")]
    [InlineData("/src/file", "/renamed")]
    [InlineData("/src/link", "")]
    public async Task What_comes_out_is_the_same(string source, string target)
    {
        string name = await engine.StartIdleAsync(), directory = $"/run/{name}";
        (await engine.KeelsonAsync("exec", name, "sh", "-c", Tree)).Succeeds();
        (await engine.Host.RunAsync("mkdir", "-p", directory + "/k", directory + "/d")).Succeeds();
        (await engine.KeelsonAsync("cp", $"{name}:{source}", $"{directory}/k{target}")).Succeeds();
        (await engine.DockerAsync("cp", $"{name}:{source}", $"{directory}/d{target}")).Succeeds();
        string ours = (await engine.Host.RunAsync("sh", "-c", List, directory + "/k")).Succeeds().Stdout;
        Assert.Equal((await engine.Host.RunAsync("sh", "-c", List, directory + "/d")).Succeeds().Stdout, ours);
        await engine.RemoveAsync(name);
    }

    [CliTheory]
    [InlineData("", "/tmp")]
    [InlineData("/.", "/tmp")]
    [InlineData("", "/new")]
    [InlineData("/file", "/tmp")]
    [InlineData("/file", "/tmp/renamed")]
    [InlineData("/file", "/linked")]
    [InlineData("/link", "/tmp")]
    public async Task What_goes_in_is_the_same(string source, string target)
    {
        string[] names = [await engine.StartIdleAsync(), await engine.StartIdleAsync()];
        string directory = $"/run/{names[0]}";
        (await engine.Host.RunAsync("sh", "-c", Tree.Replace("/src", directory, StringComparison.Ordinal).Replace("mkdir -p", $"mkdir -p {directory};mkdir -p", StringComparison.Ordinal))).Succeeds();
        string[] trees = new string[2];
        for (int i = 0; i < 2; i++)
        {
            (await engine.KeelsonAsync("exec", names[i], "ln", "-s", "/tmp", "/linked")).Succeeds();
            string[] arguments = ["cp", directory + source, names[i] + ":" + target];
            (i == 0 ? await engine.KeelsonAsync(arguments) : await engine.DockerAsync(arguments)).Succeeds();
            trees[i] = (await engine.KeelsonAsync("exec", names[i], "sh", "-c", "find /tmp /new /linked 2> /dev/null | sort | while read -r f; do stat -c '%A %u:%g %N' \"$f\"; done; cat /tmp/file /tmp/renamed 2> /dev/null")).Stdout;
            await engine.RemoveAsync(names[i]);
        }
        Assert.Equal(trees[1].Replace(names[1], names[0], StringComparison.Ordinal), trees[0]);
    }

    [CliFact]
    public async Task Archives_go_through_standard_streams()
    {
        string name = await engine.StartIdleAsync();
        (await engine.Host.RunAsync("sh", "-c", $"mkdir -p /run/{name}/a; echo x > /run/{name}/a/b; tar -C /run/{name} -c a | {EngineUnderTest.Program} cp - {name}:/tmp; {EngineUnderTest.Program} cp {name}:/tmp/a - | tar -t")).Prints("a/\na/b");
        await engine.RemoveAsync(name);
    }

    [CliTheory]
    [InlineData("/nowhere", "/tmp", "nowhere")]
    [InlineData("/etc", "/run/nowhere/below", "there is no directory")]
    [InlineData("/etc/plain", "/run/nowhere/", "there is no such directory")]
    public async Task What_cannot_be_copied_is_told(string source, string target, string cause)
    {
        string name = await engine.StartIdleAsync();
        (await engine.KeelsonAsync("cp", $"{name}:{source}", target)).FailsWith(1, "keelson cp", cause);
        await engine.RemoveAsync(name);
    }
}
