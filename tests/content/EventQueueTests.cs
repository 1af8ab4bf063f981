namespace Keelson.Content.Tests;

/// <summary>The events that are kept in memory.</summary>
public class EventQueueTests
{
    private readonly SharedWords words = new();

    [Fact]
    public void Versions_do_not_change_when_others_are_made()
    {
        EventQueue queue = EventQueue.Empty;
        List<(EventQueue Version, long First, int Count)> versions = [];
        for (int i = 1; i <= 2000; i++)
        {
            queue = queue.Add(Event(i), words);
            // A transaction that fails has added an event that nobody ever sees.
            _ = queue.Add(Event(i + 1, "/given/up"), words);
            if (i > 700) queue = queue.Trim(i % 3);
            versions.Add((queue, queue.First, queue.Count));
        }
        foreach ((EventQueue version, long first, int count) in versions)
        {
            Assert.Equal((first, count), (version.First, version.Count));
            for (long at = first; at < first + count; at++) Assert.Equal((at, "/a/b"), (version[at].Sequence, version[at].Topic));
        }
        Assert.Equal(2000, queue.First + queue.Count - 1);
    }

    [Fact]
    public void All_can_go_and_more_can_come()
    {
        EventQueue queue = EventQueue.Empty.Add(Event(7), words).Add(Event(8), words).Trim(5);
        Assert.Equal(0, queue.Count);
        queue = queue.Add(Event(9), words);
        Assert.Equal((9, 1, 9), (queue.First, queue.Count, queue[9].Sequence));
        Assert.Throws<ArgumentOutOfRangeException>(() => queue[8]);
        Assert.Throws<ArgumentOutOfRangeException>(() => queue[10]);
    }

    [Fact]
    public void A_gap_is_DataLoss()
    {
        EventQueue queue = EventQueue.Empty.Add(Event(7), words);
        Assert.Equal(ErrorKind.DataLoss, Assert.Throws<KeelsonException>(() => queue.Add(Event(9), words)).Kind);
    }

    [Fact]
    public void Equal_texts_are_kept_once_and_pieces_of_messages_alone()
    {
        byte[] message = new byte[1000];
        EventQueue queue = EventQueue.Empty;
        for (int i = 1; i <= 3; i++) queue = queue.Add(Event(i) with { Payload = message.AsMemory(10, 5) }, words);
        Assert.Same(queue[1].Topic, queue[3].Topic);
        Assert.Same(queue[1].Namespace, queue[3].Namespace);
        Assert.Same(queue[1].TypeUrl, queue[3].TypeUrl);
        Assert.True(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(queue[2].Payload, out ArraySegment<byte> kept));
        Assert.Equal((5, 5), (kept.Count, kept.Array!.Length));
        // Texts that never come again do not pile up.
        for (int i = 4; i < 5000; i++) queue = queue.Add(Event(i, $"/a/n{i}"), words);
        Assert.Equal("/a/n4999", queue[4999].Topic);
    }

    /// <summary>Each text is another object, as they come from messages.</summary>
    private static EventRecord Event(long sequence, string topic = "/a/b") => new(sequence, new("space".ToCharArray()), new(topic.ToCharArray()), new("type".ToCharArray()), new byte[] { 1, 2 }, DateTimeOffset.UnixEpoch);
}
