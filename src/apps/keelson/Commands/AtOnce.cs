using System.Runtime.ExceptionServices;

namespace Keelson.Cli.Commands;

/// <summary>The same done to several things at once, and told in the order in which they were named.</summary>
internal static class AtOnce
{
    /// <summary>How many at the same time: enough that stopping twenty containers takes one's time limit twice, few enough that an engine is not flooded.</summary>
    public const int Most = 16;

    /// <summary>Does something to each item on up to <see cref="Most"/> threads. A thread more than one is only started for an item more than one.</summary>
    /// <typeparam name="TWorker">What a thread needs of its own, such as a connection; disposed of at its end.</typeparam>
    /// <param name="items">The items.</param>
    /// <param name="worker">Makes what a thread needs; it must not throw.</param>
    /// <param name="work">Does it to one item.</param>
    /// <param name="tell">Hears how it ended, on the calling thread, in the order of the items, as soon as all before are told: <see langword="null"/>, or what was thrown.</param>
    public static void Run<TWorker>(IReadOnlyList<string> items, Func<TWorker> worker, Action<TWorker, string> work, Action<string, ExceptionDispatchInfo?> tell) where TWorker : IDisposable
    {
        object gate = new();
        ExceptionDispatchInfo?[] errors = new ExceptionDispatchInfo?[items.Count];
        bool[] isEnded = new bool[items.Count];
        int next = -1;
        void Work()
        {
            using TWorker own = worker();
            for (int i; (i = Interlocked.Increment(ref next)) < items.Count;)
            {
                try
                {
                    work(own, items[i]);
                }
                catch (Exception e)
                {
                    errors[i] = ExceptionDispatchInfo.Capture(e);
                }
                lock (gate)
                {
                    isEnded[i] = true;
                    Monitor.PulseAll(gate);
                }
            }
        }
        if (items.Count == 1) Work();
        else
            for (int i = 0; i < Math.Min(items.Count, Most); i++) new Thread(Work) { IsBackground = true }.Start();
        for (int i = 0; i < items.Count; i++)
        {
            lock (gate)
                while (!isEnded[i]) Monitor.Wait(gate);
            tell(items[i], errors[i]);
        }
    }
}
