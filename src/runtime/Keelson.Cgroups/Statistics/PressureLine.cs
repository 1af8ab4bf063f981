namespace Keelson.Cgroups;

/// <summary>Waiting, as averages in percent and as a sum.</summary>
/// <param name="Average10">Over the last 10 seconds.</param>
/// <param name="Average60">Over the last 60 seconds.</param>
/// <param name="Average300">Over the last 300 seconds.</param>
/// <param name="TotalMicroseconds">Sum.</param>
public readonly record struct PressureLine(double Average10, double Average60, double Average300, ulong TotalMicroseconds);
