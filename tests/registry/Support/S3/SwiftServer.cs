using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Amazon.S3;
using Keelson.Linux.Sys;
using Keelson.Registry.S3;

namespace Keelson.Registry.Tests.S3;

/// <summary>OpenStack Swift of Debian's packages with its S3 interface: all of it on this machine, one copy of each object, on tmpfs. It starts when it is first asked for something.</summary>
public sealed class SwiftServer : IDisposable
{
    private const string Bucket = "images", User = "test:tester", Secret = "testing";
    private static readonly string[] Kinds = ["object", "container", "account"];

    private readonly string folder = TestDirectory.Make("swift");
    private readonly List<ChildProcess> processes = [];
    private readonly Lazy<int> port;

    public SwiftServer() => port = new(Start);

    /// <summary>How a store reaches it.</summary>
    internal S3Options Options => new()
    {
        Bucket = Bucket, AccessKey = User, SecretKey = Secret, HasPathStyle = true, Endpoint = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port.Value}")),
    };

    public void Dispose()
    {
        foreach (ChildProcess process in processes)
        {
            if (!process.HasEnded) process.Signal(Signals.SIGTERM);
            process.WaitForEnd();
            process.Dispose();
        }
        TestDirectory.Remove(folder);
    }

    private int Start()
    {
        Programs.Need("swift-proxy-server", "swift-object-server", "swift-container-server", "swift-account-server");
        int[] ports = FreePorts(4);
        Directory.CreateDirectory(folder + "/devices/d1");
        for (int i = 0; i < Kinds.Length; i++)
        {
            File.WriteAllText($"{folder}/{Kinds[i]}.conf", $"""
                [DEFAULT]
                {Common(ports[i])}
                devices = {folder}/devices
                mount_check = false
                disable_fallocate = true
                recon_cache_path = {folder}
                [pipeline:main]
                pipeline = {Kinds[i]}-server
                [app:{Kinds[i]}-server]
                use = egg:swift#{Kinds[i]}

                """);
        }
        string[] filters = ["catch_errors", "gatekeeper", "healthcheck", "memcache", "bulk", "s3api", "tempauth", "copy", "slo", "dlo"];
        File.WriteAllText(folder + "/proxy.conf", $"""
            [DEFAULT]
            {Common(ports[3])}
            [pipeline:main]
            pipeline = {string.Join(' ', filters)} proxy-server
            [app:proxy-server]
            use = egg:swift#proxy
            allow_account_management = true
            account_autocreate = true
            {string.Join('\n', filters.Select(filter => $"[filter:{filter}]\nuse = egg:swift#{filter}\n{Settings(filter)}"))}

            """);
        // The rings say which server has what; the program for it takes longer than all the rest.
        CommandResult rings = ChildProcess.Run(["/usr/bin/python3", "-c", $"""
            from swift.common.ring import RingBuilder
            for kind, port in [{string.Join(", ", Kinds.Select((kind, i) => $"('{kind}', {ports[i]})"))}]:
                ring = RingBuilder(2, 1, 0)
                ring.add_dev(dict(id=0, region=1, zone=1, ip='127.0.0.1', port=port, device='d1', weight=1, replication_ip='127.0.0.1', replication_port=port, meta=''))
                ring.rebalance()
                ring.get_ring().save('{folder}/%s.ring.gz' % kind)
            """], new() { Limit = TimeSpan.FromMinutes(2) });
        Assert.True(rings.ExitCode == 0, rings.Stderr);
        foreach (string kind in (string[])[.. Kinds, "proxy"]) processes.Add(ChildProcess.Start([$"swift-{kind}-server", $"{folder}/{kind}.conf"]));
        using HttpClient client = new();
        Condition.Await("Swift to answer", () =>
        {
            foreach (ChildProcess process in processes) Assert.False(process.HasEnded, process.Stderr);
            return ports.All(one => Answers(client, one));
        }, TimeSpan.FromMinutes(2));
        using AmazonS3Client admin = new(User, Secret, new AmazonS3Config { ServiceURL = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[3]}"), ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        Condition.Await("Swift to make a bucket", () =>
        {
            try
            {
                admin.PutBucketAsync(Bucket).GetAwaiter().GetResult();
                return true;
            }
            catch (AmazonS3Exception e) when ((int)e.StatusCode >= 500)
            {
                return false;
            }
        }, TimeSpan.FromMinutes(2));
        return ports[3];
    }

    private string Common(int own) => string.Create(CultureInfo.InvariantCulture, $"bind_ip = 127.0.0.1\nbind_port = {own}\nworkers = 0\nuser = {Environment.UserName}\nswift_dir = {folder}\nlog_level = ERROR");

    private static string Settings(string filter) => filter switch
    {
        "tempauth" => $"user_{User.Replace(':', '_')} = {Secret} .admin",
        // It has to have one; that nothing listens there it bears.
        "memcache" => "memcache_servers = 127.0.0.1:1",
        "s3api" => "location = us-east-1\ncheck_bucket_owner = false",
        _ => "",
    };

    private static bool Answers(HttpClient client, int port)
    {
        try
        {
            using HttpResponseMessage answer = client.GetAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/healthcheck"))).GetAwaiter().GetResult();
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int[] FreePorts(int count)
    {
        Socket[] sockets = [.. Enumerable.Range(0, count).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))];
        foreach (Socket socket in sockets) socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int[] ports = [.. sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
        foreach (Socket socket in sockets) socket.Dispose();
        return ports;
    }
}
