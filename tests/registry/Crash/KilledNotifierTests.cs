using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Registry.Tests.Notifications;

namespace Keelson.Registry.Tests.Crash;

/// <summary>SIGKILL at any moment of pushes, while nobody takes notifications and while somebody does: of each push that was acknowledged they are told in the end.</summary>
public sealed class KilledNotifierTests : IDisposable
{
    private readonly string folder = TestDirectory.Make("killed-notifier");
    private readonly Random random = new(3);

    public void Dispose() => TestDirectory.Remove(folder);

    [Fact]
    public async Task Each_acknowledged_push_is_told_in_the_end()
    {
        await using EventReceiver receiver = await EventReceiver.StartAsync();
        HashSet<string> acknowledged = [];
        for (int round = 0; round < 6; round++)
        {
            // Taken, refused and, at times, only now and then.
            receiver.Status = (round % 3) switch { 0 => _ => 200, 1 => _ => 503, _ => number => number % 2 == 0 ? 200 : 500 };
            using ChildProcess child = ServeChild.Start(folder, out Uri address, receiver.Url);
            using HttpClient client = new() { BaseAddress = address };
            int count = random.Next(1, 30), pushed = 0;
            Task load = PushAsync(client, acknowledged, () => Interlocked.Increment(ref pushed));
            Condition.Await("pushes", () => Volatile.Read(ref pushed) >= count);
            child.Signal(Signals.SIGKILL);
            child.WaitForEnd();
            await load;
        }
        receiver.Status = _ => 200;
        using (ServeChild.Start(folder, out _, receiver.Url))
        {
            Condition.Await("all events", () => acknowledged.IsSubsetOf(receiver.Events.Select(happened => (string)happened["target"]!["digest"]!)), TimeSpan.FromMinutes(1));
        }
    }

    private static async Task PushAsync(HttpClient client, HashSet<string> acknowledged, Action onPush)
    {
        try
        {
            while (true)
            {
                Digest digest = await client.PushBlobAsync("a", Pushes.Random());
                acknowledged.Add(digest.ToString());
                onPush();
            }
        }
        catch (HttpRequestException)
        {
            // It was killed.
        }
    }
}
