using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Keelson.Hosting.Metrics;

/// <summary>What one instrument has measured, by its tags.</summary>
internal abstract class MeterFamily(string name, string help)
{
    /// <summary>So many combinations of tags at most; what others measure is not kept. Callers must not be able to fill the memory.</summary>
    private const int SeriesLimit = 10_000;

    private readonly ConcurrentDictionary<MeterTags, Series> all = new();

    public string Name => name;

    protected string Help => help;

    /// <summary>Makes the family of an instrument.</summary>
    public static MeterFamily Of(Instrument instrument)
    {
        string name = instrument.Name.Replace('.', '_') + instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" }, help = instrument.Description ?? "";
        return instrument switch
        {
            Histogram<double> histogram => new Distribution(name, help, histogram.Advice?.HistogramBucketBoundaries),
            Counter<long> or Counter<int> or Counter<double> => new Sum(name + "_total", help, isCounter: true),
            ObservableCounter<long> or ObservableCounter<int> or ObservableCounter<double> => new Latest(name + "_total", help, isCounter: true),
            UpDownCounter<long> or UpDownCounter<int> => new Sum(name, help, isCounter: false),
            ObservableGauge<long> or ObservableGauge<int> or ObservableGauge<double> => new Latest(name, help, isCounter: false),
            _ => throw new NotSupportedException($"metrics: {instrument.GetType().Name} {instrument.Name}"),
        };
    }

    /// <summary>Takes a measurement.</summary>
    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        MeterTags key = MeterTags.Of(tags);
        if (!all.TryGetValue(key, out Series? series))
        {
            if (all.Count >= SeriesLimit) return;
            series = all.GetOrAdd(key, new Series([.. tags.ToArray().Select(tag => (tag.Key, Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? ""))], BucketCount));
        }
        Take(series, value);
    }

    /// <summary>Forgets what is observed anew for each scrape.</summary>
    public virtual void ForgetObserved()
    {
    }

    /// <summary>Writes the family.</summary>
    public void Write(MetricsWriter writer)
    {
        Begin(writer);
        foreach (Series series in all.Values.OrderBy(series => string.Join('\0', series.Labels.Select(label => label.Value)), StringComparer.Ordinal)) Write(writer, series);
    }

    protected virtual int BucketCount => 0;

    protected void Clear() => all.Clear();

    protected abstract void Take(Series series, double value);

    protected abstract void Begin(MetricsWriter writer);

    protected virtual void Write(MetricsWriter writer, Series series) => writer.Sample(Name, series.Value, series.Labels);

    /// <summary>The measurements with one combination of tags.</summary>
    protected sealed class Series((string Name, string Value)[] labels, int buckets)
    {
        private double value;

        public (string Name, string Value)[] Labels => labels;

        public long[] Buckets { get; } = new long[buckets];

        public double Value => Volatile.Read(ref value);

        public void Set(double now) => Volatile.Write(ref value, now);

        public void Add(double more)
        {
            double was = value;
            while (true)
            {
                double found = Interlocked.CompareExchange(ref value, was + more, was);
                if (found.Equals(was)) return;
                was = found;
            }
        }
    }

    private sealed class Sum(string name, string help, bool isCounter) : MeterFamily(name, help)
    {
        protected override void Take(Series series, double value) => series.Add(value);

        protected override void Begin(MetricsWriter writer)
        {
            if (isCounter) writer.Counter(Name, Help);
            else writer.Gauge(Name, Help);
        }
    }

    private sealed class Latest(string name, string help, bool isCounter) : MeterFamily(name, help)
    {
        public override void ForgetObserved() => Clear();

        protected override void Take(Series series, double value) => series.Set(value);

        protected override void Begin(MetricsWriter writer)
        {
            if (isCounter) writer.Counter(Name, Help);
            else writer.Gauge(Name, Help);
        }
    }

    private sealed class Distribution(string name, string help, IReadOnlyList<double>? bounds) : MeterFamily(name, help)
    {
        /// <summary>Those of Prometheus' clients.</summary>
        private static readonly double[] StandardBounds = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];

        private readonly double[] bounds = bounds is null ? StandardBounds : [.. bounds];

        protected override int BucketCount => bounds.Length + 1;

        protected override void Take(Series series, double value)
        {
            int at = Array.BinarySearch(bounds, value);
            Interlocked.Increment(ref series.Buckets[at < 0 ? ~at : at]);
            series.Add(value);
        }

        protected override void Begin(MetricsWriter writer) => writer.Histogram(Name, Help);

        protected override void Write(MetricsWriter writer, Series series)
        {
            ulong below = 0;
            for (int i = 0; i <= bounds.Length; i++)
            {
                below += (ulong)Volatile.Read(ref series.Buckets[i]);
                writer.Sample(Name + "_bucket", below, [.. series.Labels, ("le", MetricsWriter.Number(i < bounds.Length ? bounds[i] : double.PositiveInfinity))]);
            }
            writer.Sample(Name + "_sum", series.Value, series.Labels);
            writer.Sample(Name + "_count", below, series.Labels);
        }
    }
}
