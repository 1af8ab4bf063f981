using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Keelson.Network.Sandboxes;

namespace Keelson.Bench.Network;

/// <summary>Asks a server of names as fast as it answers, with some questions on their way, and looks at each answer.</summary>
/// <param name="place">Where the questions come from.</param>
/// <param name="server">Who is asked.</param>
/// <param name="suffix">What stands behind each name.</param>
/// <param name="expected">The address that all names have.</param>
internal sealed class DnsLoad(NetworkPlace place, IPEndPoint server, string suffix, IPAddress expected)
{
    /// <summary>Names are <c>n0</c> to <c>n99</c>.</summary>
    public const int Names = 100;

    private const int OnTheirWay = 32, HeaderBytes = 12, PatienceMilliseconds = 500;
    private readonly byte[][] questions = [.. Enumerable.Range(0, Names).Select(i => Question(string.Create(CultureInfo.InvariantCulture, $"n{i}{suffix}")))];
    private readonly byte[] address = expected.GetAddressBytes();

    /// <summary>What came of it.</summary>
    /// <param name="Rate">Good answers a second.</param>
    /// <param name="MedianMicroseconds">From a question to its answer.</param>
    /// <param name="P99Microseconds">The same, of the slowest hundredth.</param>
    /// <param name="Bad">Answers that did not come, or not with the address.</param>
    public readonly record struct Outcome(double Rate, double MedianMicroseconds, double P99Microseconds, int Bad);

    /// <summary>Asks for some time.</summary>
    public Outcome Run(TimeSpan length)
    {
        using Socket socket = Ground.Open(place, ProtocolType.Udp);
        socket.Connect(server);
        socket.ReceiveTimeout = PatienceMilliseconds;
        long[] sent = new long[1 << 16];
        byte[] answer = new byte[1500];
        List<double> times = [];
        int next = 0, open = 0, bad = 0;
        long start = Stopwatch.GetTimestamp(), end = start + (long)(length.TotalSeconds * Stopwatch.Frequency);
        for (; open < OnTheirWay; open++) Ask();
        while (open > 0)
        {
            int count;
            try
            {
                count = socket.Receive(answer);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                bad += open;
                Array.Clear(sent);
                open = 0;
                if (Stopwatch.GetTimestamp() < end) for (; open < OnTheirWay; open++) Ask();
                continue;
            }
            long now = Stopwatch.GetTimestamp();
            int id = BinaryPrimitives.ReadUInt16BigEndian(answer);
            if (count < HeaderBytes || sent[id] == 0) continue;
            times.Add(Stopwatch.GetElapsedTime(sent[id], now).TotalMicroseconds);
            sent[id] = 0;
            open--;
            if (!IsGood(answer.AsSpan(0, count), questions[id % Names])) bad++;
            if (now >= end) continue;
            Ask();
            open++;
        }
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        times.Sort();
        return times.Count == 0 ? new(0, 0, 0, bad) : new((times.Count - bad) / seconds, times[times.Count / 2], times[times.Count * 99 / 100], bad);

        void Ask()
        {
            // An identity that stands for its question: names take turns, and identities with them.
            int id = next++ % (65_536 / Names * Names);
            byte[] question = questions[id % Names];
            BinaryPrimitives.WriteUInt16BigEndian(question, (ushort)id);
            sent[id] = Stopwatch.GetTimestamp();
            socket.Send(question);
        }
    }

    /// <summary>No error, the question as it was, and one address, which is the right one. RFC 1035 section 4.1.</summary>
    private bool IsGood(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> question)
    {
        if ((answer[2] & 0x80) == 0 || (answer[3] & 0x0f) != 0 || BinaryPrimitives.ReadUInt16BigEndian(answer[6..]) != 1 || answer.Length < question.Length + 12 + address.Length) return false;
        if (!answer[HeaderBytes..question.Length].SequenceEqual(question[HeaderBytes..])) return false;
        // The name of the record is a pointer or the name again; what is behind it has a length of its own.
        ReadOnlySpan<byte> record = answer[question.Length..];
        int name = (record[0] & 0xc0) == 0xc0 ? 2 : question.Length - HeaderBytes - 4;
        return record.Length >= name + 10 + address.Length && record[(name + 10)..(name + 10 + address.Length)].SequenceEqual(address);
    }

    private static byte[] Question(string name)
    {
        List<byte> bytes = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        foreach (string label in name.Split('.'))
        {
            bytes.Add((byte)label.Length);
            bytes.AddRange(Encoding.ASCII.GetBytes(label));
        }
        bytes.AddRange([0, 0, 1, 0, 1]);
        return [.. bytes];
    }
}
