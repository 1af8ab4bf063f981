using Keelson.Bench.Engine;

namespace Keelson.Bench.Docker;

/// <summary><c>docker build</c> of ten steps, each anew and all from the cache, by one client on the engines in turns.</summary>
internal sealed class BuildCase(EngineSandbox sandbox, IReadOnlyList<DockerEngine> engines, Results results, int rounds)
{
    public const string Name = "build";

    public const string Title = "docker build, 10 steps (3 RUN, 2 COPY)";

    private const string Dockerfile = """
        FROM busybox
        ENV A=1
        WORKDIR /w
        COPY small /w/small
        RUN echo 1 > /w/one
        LABEL b=c
        RUN echo 2 > /w/two
        COPY tree /w/tree
        RUN cat /w/one /w/two > /w/three
        CMD cat /w/three

        """;

    private const int TreeFiles = 200, FileBytes = 8 << 10;

    public void Run()
    {
        string folder = EngineSandbox.Folder + "/context";
        Directory.CreateDirectory(folder + "/tree");
        File.WriteAllText(folder + "/Dockerfile", Dockerfile);
        File.WriteAllText(folder + "/small", "small\n");
        byte[] contents = new byte[FileBytes];
        for (int i = 0; i < TreeFiles; i++)
        {
            new Random(i).NextBytes(contents);
            File.WriteAllBytes($"{folder}/tree/{i}", contents);
        }
        for (int round = 0; round <= rounds; round++)
        {
            foreach (DockerEngine engine in round % 2 == 0 ? engines : engines.Reverse())
            {
                string[] build = ["build", "-q", "--network", "none", "--cgroup-parent", engine.Containers, "-t", "built"];
                double before = sandbox.CpuMilliseconds(engine.Name);
                Ending cold = engine.Must([.. build, "--no-cache", folder]);
                double middle = sandbox.CpuMilliseconds(engine.Name);
                Ending cached = engine.Must([.. build, folder]);
                double after = sandbox.CpuMilliseconds(engine.Name);
                engine.Must("image", "prune", "-f");
                // The first round warms up.
                if (round == 0) continue;
                results.Of(Name, engine.Name, "cold", "ms").Add(cold.WallMilliseconds);
                results.Of(Name, engine.Name, "cold, CPU of the engine", "ms").Add(middle - before);
                results.Of(Name, engine.Name, "cached", "ms").Add(cached.WallMilliseconds);
                results.Of(Name, engine.Name, "cached, CPU of the engine", "ms").Add(after - middle);
            }
        }
    }
}
