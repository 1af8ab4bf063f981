using Keelson.Runtime.Containers;

namespace Keelson.Runtime.Tests.Containers;

public sealed class ContainerDirectoryTests : IDisposable
{
    private readonly string root = TestDirectory.Make("root");

    public void Dispose() => TestDirectory.Remove(root);

    [Fact]
    public void Creating_a_container_survives_commands_that_tidy_up_after_killed_ones()
    {
        ContainerRuntime runtime = new(new RuntimeOptions { Root = root });
        using CancellationTokenSource end = new();
        Exception? unexpected = null;
        Thread[] tidiers = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
        {
            while (!end.IsCancellationRequested)
            {
                Exception? seen = Record.Exception(() => runtime.Open("x").Dispose());
                if (seen is not KeelsonException { Kind: ErrorKind.NotFound }) unexpected = seen;
            }
        }))];
        foreach (Thread tidier in tidiers) tidier.Start();
        try
        {
            for (int i = 0; i < 5000; i++)
            {
                using ContainerDirectory directory = ContainerDirectory.Create(root, "x");
                using (directory.MakeGate()) Assert.True(directory.HasGate);
                directory.Remove();
            }
        }
        finally
        {
            end.Cancel();
            foreach (Thread tidier in tidiers) tidier.Join();
        }
        Assert.Null(unexpected);
    }

    [Fact]
    public void Looking_for_a_container_leaves_what_is_no_container_alone()
    {
        Directory.CreateDirectory(root + "/empty");
        Assert.Null(new ContainerRuntime(new RuntimeOptions { Root = root }).Find("empty"));
        Assert.True(Directory.Exists(root + "/empty"));
    }

    [Fact]
    public void A_damaged_state_file_is_named_in_the_error()
    {
        Directory.CreateDirectory(root + "/x");
        File.WriteAllText(root + "/x/state.json", """{"id":"x","pid":""");
        KeelsonException e = Assert.Throws<KeelsonException>(() => new ContainerRuntime(new RuntimeOptions { Root = root }).Find("x"));
        Assert.Equal((ErrorKind.DataLoss, $"read {root}/x/state.json: the container's state is damaged"), (e.Kind, e.Message));
    }
}
