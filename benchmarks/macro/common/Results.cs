namespace Keelson.Bench;

/// <summary>The values of one metric of one contender in one case.</summary>
internal sealed class Series(string @case, string contender, string metric, string unit)
{
    private readonly List<double> values = [];

    public string Case => @case;

    public string Contender => contender;

    public string Metric => metric;

    public string Unit => unit;

    public int Count => values.Count;

    public double Median => Quantile(0.5);

    public double Minimum => values.Min();

    public double Maximum => values.Max();

    public void Add(double value) => values.Add(value);

    /// <summary>The value that a share of the samples does not exceed, interpolated.</summary>
    public double Quantile(double share)
    {
        double[] sorted = [.. values.Order()];
        double position = share * (sorted.Length - 1);
        int low = (int)position;
        return low + 1 < sorted.Length ? sorted[low] + (position - low) * (sorted[low + 1] - sorted[low]) : sorted[low];
    }
}

/// <summary>All figures of a run, in the order in which they came.</summary>
internal sealed class Results
{
    private readonly List<Series> all = [];
    private readonly List<(string Case, string Contender, string Text)> failures = [];

    public IReadOnlyList<Series> All => all;

    /// <summary>What failed, in words.</summary>
    public IReadOnlyList<(string Case, string Contender, string Text)> Failures => failures;

    /// <summary>The figures of one metric, made when it is new.</summary>
    public Series Of(string @case, string contender, string metric, string unit)
    {
        if (Find(@case, contender, metric) is { } known) return known;
        Series series = new(@case, contender, metric, unit);
        all.Add(series);
        return series;
    }

    public Series? Find(string @case, string contender, string metric) =>
        all.Find(series => series.Case == @case && series.Contender == contender && series.Metric == metric);

    /// <summary>Records a failed step; the figures of this case and contender become void.</summary>
    public void Fail(string @case, string contender, string text) => failures.Add((@case, contender, text));

    /// <summary>Whether a step failed, so that the figures say nothing.</summary>
    public bool IsVoid(Series series) => failures.Exists(failure => failure.Case == series.Case && failure.Contender == series.Contender);
}
