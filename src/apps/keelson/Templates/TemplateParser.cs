using System.Globalization;

namespace Keelson.Cli.Templates;

/// <summary>Reads a template. The language is that of Go's text/template, without definitions of templates inside of templates.</summary>
internal sealed class TemplateParser
{
    private readonly List<(string Content, bool IsAction)> pieces;
    private int piece;
    private List<Token> tokens = [];
    private int token;

    private TemplateParser(string template) => pieces = TemplateLexer.Split(template);

    /// <summary>Reads a template.</summary>
    /// <exception cref="TemplateException">It is none.</exception>
    public static List<Node> Parse(string template)
    {
        TemplateParser parser = new(template);
        List<Node> nodes = parser.ParseNodes(out string? end);
        return end is null ? nodes : throw new TemplateException($"unexpected {{{{{end}}}}}");
    }

    /// <summary>Reads up to an action that ends or divides a block.</summary>
    private List<Node> ParseNodes(out string? end)
    {
        List<Node> nodes = [];
        while (piece < pieces.Count)
        {
            (string content, bool isAction) = pieces[piece++];
            if (!isAction) { nodes.Add(new TextNode(content)); continue; }
            (tokens, token) = (TemplateLexer.Tokens(content), 0);
            if (tokens.Count == 0) throw new TemplateException("an action is empty");
            switch (tokens[0])
            {
                case { Kind: TokenKind.Word, Value: "end" or "else" } word:
                    token++;
                    end = word.Value;
                    return nodes;
                case { Kind: TokenKind.Word, Value: "if" or "with" or "range" } word:
                    token++;
                    nodes.Add(ParseBlock(word.Value));
                    break;
                case { Kind: TokenKind.Word, Value: "break" or "continue" } word: nodes.Add(new JumpNode(word.Value == "break")); break;
                case { Kind: TokenKind.Word, Value: "define" or "template" or "block" } word: throw new TemplateException($"{word.Value} is not supported");
                default: nodes.Add(new ActionNode(ParseWholePipeline())); break;
            }
        }
        end = null;
        return nodes;
    }

    private BlockNode ParseBlock(string keyword)
    {
        Pipeline pipeline = ParseWholePipeline();
        List<Node> body = ParseNodes(out string? end), otherwise = [];
        if (end == "else")
        {
            if (token < tokens.Count && tokens[token] is { Kind: TokenKind.Word, Value: "if" or "with" } word && word.Value == keyword)
            {
                token++;
                return new(keyword, pipeline, body, [ParseBlock(keyword)]);
            }
            otherwise = ParseNodes(out end);
        }
        if (end != "end") throw new TemplateException($"{keyword} has no end");
        return new(keyword, pipeline, body, otherwise);
    }

    private Pipeline ParseWholePipeline()
    {
        Pipeline pipeline = ParsePipeline();
        return token == tokens.Count ? pipeline : throw new TemplateException($"unexpected {tokens[token].Value}");
    }

    private Pipeline ParsePipeline()
    {
        List<string> variables = [];
        bool declares = false;
        int begin = token;
        while (token < tokens.Count && tokens[token].Kind == TokenKind.Variable)
        {
            variables.Add(tokens[token++].Value[1..]);
            if (IsSign(",")) { token++; continue; }
            if (IsSign(":=") || IsSign("=")) { declares = tokens[token++].Value == ":="; begin = -1; }
            break;
        }
        if (begin >= 0)
        {
            token = begin;
            variables.Clear();
        }
        List<Operand[]> commands = [];
        do
        {
            if (commands.Count > 0) token++;
            commands.Add(ParseCommand());
        } while (IsSign("|"));
        return new([.. variables], declares, commands);
    }

    private Operand[] ParseCommand()
    {
        List<Operand> operands = [];
        while (token < tokens.Count && !IsSign("|") && !IsSign(")")) operands.Add(ParseOperand());
        return operands.Count > 0 ? [.. operands] : throw new TemplateException("a command is missing");
    }

    private Operand ParseOperand()
    {
        Token current = tokens[token++];
        Operand operand;
        switch (current.Kind)
        {
            case TokenKind.Field:
                operand = new DotOperand();
                if (current.Value.Length > 1) operand.Fields.Add(current.Value[1..]);
                break;
            case TokenKind.Variable: operand = new VariableOperand(current.Value[1..]); break;
            case TokenKind.Text: operand = new ConstantOperand(current.Value); break;
            case TokenKind.Number: operand = new ConstantOperand(Number(current.Value)); break;
            case TokenKind.Word:
                operand = current.Value switch
                {
                    "true" => new ConstantOperand(true),
                    "false" => new ConstantOperand(false),
                    "nil" => new ConstantOperand(null),
                    _ => new FunctionOperand(current.Value),
                };
                break;
            case TokenKind.Sign when current.Value == "(":
                operand = new PipelineOperand(ParsePipeline());
                if (!IsSign(")")) throw new TemplateException(") is missing");
                token++;
                break;
            default: throw new TemplateException($"unexpected {current.Value}");
        }
        while (token < tokens.Count && tokens[token] is { Kind: TokenKind.Field, IsAttached: true, Value.Length: > 1 } field)
        {
            operand.Fields.Add(field.Value[1..]);
            token++;
        }
        return operand;
    }

    private bool IsSign(string value) => token < tokens.Count && tokens[token].Kind == TokenKind.Sign && tokens[token].Value == value;

    private static object Number(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole)) return whole;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)) return number;
        throw new TemplateException($"{text} is no number");
    }
}
