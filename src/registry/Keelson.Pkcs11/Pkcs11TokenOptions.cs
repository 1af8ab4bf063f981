namespace Keelson.Pkcs11;

/// <summary>Which token is used, and how.</summary>
public sealed record Pkcs11TokenOptions
{
    /// <summary>Its label.</summary>
    public required string Label { get; init; }

    /// <summary>Its serial number, where several have the label; <see langword="null"/>: any.</summary>
    public string? SerialNumber { get; init; }

    /// <summary>The user's PIN. It is kept in memory, for a token that is taken out and put in again.</summary>
    public required string Pin { get; init; }

    /// <summary>Most sessions at once: 16, or what the token says if that is less. So many calls, and threads, are in the module at most.</summary>
    public int SessionLimit { get; init; } = 16;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The token's name, and never the PIN.</summary>
    public override string ToString() => SerialNumber is null ? $"token {Label}" : $"token {Label} {SerialNumber}";
}
