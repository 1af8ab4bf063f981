namespace Keelson.Cli.Templates;

/// <summary>What a token of an action is.</summary>
internal enum TokenKind
{
    /// <summary>A name: a keyword, a function, true, false, nil.</summary>
    Word,
    /// <summary><c>.Name</c>, or <c>.</c> alone.</summary>
    Field,
    /// <summary><c>$</c> or <c>$name</c>.</summary>
    Variable,
    /// <summary>A text in quotes, without them.</summary>
    Text,
    /// <summary>A number.</summary>
    Number,
    /// <summary>One of <c>( ) | , = :=</c>.</summary>
    Sign,
}
