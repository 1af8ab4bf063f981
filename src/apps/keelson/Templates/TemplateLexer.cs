using System.Text;

namespace Keelson.Cli.Templates;

/// <summary>Cuts a template into text and actions, and an action into tokens. text/template "Text and spaces", "Actions".</summary>
internal static class TemplateLexer
{
    /// <summary>The pieces of a template in order: text, or the inside of an action.</summary>
    /// <exception cref="TemplateException">An action has no end.</exception>
    public static List<(string Content, bool IsAction)> Split(string template)
    {
        List<(string, bool)> pieces = [];
        bool trims = false;
        int at = 0;
        while (true)
        {
            int open = template.IndexOf("{{", at, StringComparison.Ordinal);
            string text = open < 0 ? template[at..] : template[at..open];
            if (trims) text = text.TrimStart();
            if (open < 0)
            {
                if (text.Length > 0) pieces.Add((text, false));
                return pieces;
            }
            int inside = open + 2;
            if (inside + 1 < template.Length && template[inside] == '-' && char.IsWhiteSpace(template[inside + 1]))
            {
                text = text.TrimEnd();
                inside += 2;
            }
            if (text.Length > 0) pieces.Add((text, false));
            int close = FindClose(template, inside);
            string action = template[inside..close];
            trims = action.EndsWith('-') && action.Length > 1 && char.IsWhiteSpace(action[^2]);
            if (trims) action = action[..^1];
            string trimmed = action.Trim();
            if (!(trimmed.StartsWith("/*", StringComparison.Ordinal) && trimmed.EndsWith("*/", StringComparison.Ordinal))) pieces.Add((action, true));
            at = close + 2;
        }
    }

    private static int FindClose(string template, int at)
    {
        char quote = '\0';
        for (; at < template.Length; at++)
        {
            char c = template[at];
            if (quote != '\0')
            {
                if (c == '\\' && quote == '"') at++;
                else if (c == quote) quote = '\0';
            }
            else if (c is '"' or '`') quote = c;
            else if (c == '}' && at + 1 < template.Length && template[at + 1] == '}') return at;
        }
        throw new TemplateException("an action has no end: }} is missing");
    }

    /// <summary>The tokens of an action.</summary>
    public static List<Token> Tokens(string action)
    {
        List<Token> tokens = [];
        for (int i = 0; i < action.Length;)
        {
            char c = action[i];
            if (char.IsWhiteSpace(c)) { i++; continue; }
            bool isAttached = i > 0 && !char.IsWhiteSpace(action[i - 1]);
            int begin = i;
            if (c is '"' or '`' or '\'')
            {
                string text = Quoted(action, ref i);
                tokens.Add(c == '\'' ? new(TokenKind.Number, ((int)text[0]).ToString(System.Globalization.CultureInfo.InvariantCulture), isAttached) : new(TokenKind.Text, text, isAttached));
                continue;
            }
            if (c is '(' or ')' or '|' or ',' or '=') { tokens.Add(new(TokenKind.Sign, c.ToString(), isAttached)); i++; continue; }
            if (c == ':' && i + 1 < action.Length && action[i + 1] == '=') { tokens.Add(new(TokenKind.Sign, ":=", isAttached)); i += 2; continue; }
            bool isNumber = char.IsAsciiDigit(c) || c is '-' or '+' && i + 1 < action.Length && char.IsAsciiDigit(action[i + 1]);
            i++;
            while (i < action.Length && (char.IsLetterOrDigit(action[i]) || action[i] == '_' || isNumber && action[i] == '.')) i++;
            string value = action[begin..i];
            TokenKind kind = isNumber ? TokenKind.Number : c == '.' ? TokenKind.Field : c == '$' ? TokenKind.Variable : TokenKind.Word;
            if (kind == TokenKind.Word && !char.IsLetter(c) && c != '_') throw new TemplateException($"unexpected '{c}' in {{{{{action}}}}}");
            tokens.Add(new(kind, value, isAttached));
        }
        return tokens;
    }

    private static string Quoted(string action, ref int i)
    {
        char quote = action[i++];
        StringBuilder text = new();
        for (; i < action.Length; i++)
        {
            char c = action[i];
            if (c == quote)
            {
                i++;
                return quote == '\'' && text.Length == 0 ? throw new TemplateException("a character is empty") : text.ToString();
            }
            if (c == '\\' && quote != '`' && ++i < action.Length)
                c = action[i] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var other => other };
            text.Append(c);
        }
        throw new TemplateException("a text in quotes has no end");
    }
}
