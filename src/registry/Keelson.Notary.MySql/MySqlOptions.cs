namespace Keelson.Notary.MySql;

/// <summary>Which database.</summary>
public sealed record MySqlOptions
{
    /// <summary>How it is reached, as Go's driver and so notary's <c>db_url</c> say it: <c>server:password@tcp(db:3306)/notaryserver</c>; see <see cref="MySqlAddress"/>.</summary>
    public required string Address { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
