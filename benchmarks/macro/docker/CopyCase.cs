using Keelson.Bench.Engine;

namespace Keelson.Bench.Docker;

/// <summary><c>docker cp</c> of a large file into a container and out of it.</summary>
internal sealed class CopyCase(EngineSandbox sandbox, IReadOnlyList<DockerEngine> engines, Results results, int rounds)
{
    public const string Name = "cp";

    public const string Title = "docker cp of 500 MB into a container, and out of it";

    private const string Container = "holds";

    private const int FileBytes = 500_000_000;

    public void Run()
    {
        string file = EngineSandbox.Folder + "/large", back = EngineSandbox.Folder + "/back";
        byte[] block = new byte[1 << 20];
        new Random(1).NextBytes(block);
        using (FileStream stream = File.Create(file))
            for (int left = FileBytes; left > 0; left -= block.Length) stream.Write(block, 0, Math.Min(left, block.Length));
        foreach (DockerEngine engine in engines) engine.Must("create", "--network", "none", "--name", Container, "busybox", "sh");
        for (int round = 0; round <= rounds; round++)
            foreach (DockerEngine engine in round % 2 == 0 ? engines : engines.Reverse())
            {
                double before = sandbox.CpuMilliseconds(engine.Name);
                Ending into = engine.Must("cp", file, Container + ":/large");
                double middle = sandbox.CpuMilliseconds(engine.Name);
                Ending outOf = engine.Must("cp", Container + ":/large", back);
                double after = sandbox.CpuMilliseconds(engine.Name);
                File.Delete(back);
                // The first round warms up.
                if (round == 0) continue;
                results.Of(Name, engine.Name, "into it", "ms").Add(into.WallMilliseconds);
                results.Of(Name, engine.Name, "into it, CPU of the engine", "ms").Add(middle - before);
                results.Of(Name, engine.Name, "out of it", "ms").Add(outOf.WallMilliseconds);
                results.Of(Name, engine.Name, "out of it, CPU of the engine", "ms").Add(after - middle);
            }
        foreach (DockerEngine engine in engines) engine.Must("rm", Container);
        File.Delete(file);
    }
}
